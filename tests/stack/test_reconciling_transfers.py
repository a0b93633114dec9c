"""The reconcile command over transfers, healthy ones and torn ones."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from local_stack import Stack
from support.market import Deal, Market
from support.reconciling import Verdicts, execute, reconcile
from support.shop import Shop
from support.smu import SmuStandin
from support.stripe_standin import StripeStandin
from support.waiting import eventually

SETTLED_WITHIN_S = 60.0
MOVED_ONCE = "every_transfer_moved_ticket_and_credits_once"
WHOLE = "every_ended_saga_is_whole_or_left_nothing"

DAMAGES = {
    "another price than was paid": (
        "orders_db",
        "UPDATE transfers SET credits_amount = credits_amount + 1",
        "UPDATE transfers SET credits_amount = credits_amount - 1",
        {MOVED_ONCE, WHOLE, "transfer_that_happened_has_its_order"},
    ),
    "the move is gone from the ledger": (
        "users_db",
        (
            "UPDATE credit_ledger SET operation_key = 'x' || operation_key"
            " WHERE operation_key = '{id}:move'"
        ),
        (
            "UPDATE credit_ledger SET operation_key = '{id}:move'"
            " WHERE operation_key = 'x{id}:move'"
        ),
        {MOVED_ONCE, WHOLE},
    ),
    "the claim was never confirmed": (
        "seats_db",
        "UPDATE seat_claims SET state = 'REVOKED'",
        "UPDATE seat_claims SET state = 'CONFIRMED'",
        {MOVED_ONCE, WHOLE},
    ),
    "the log says that the swap failed": (
        "sagas_db",
        "UPDATE sagas SET state = 'FAILED'",
        "UPDATE sagas SET state = 'DONE'",
        {WHOLE},
    ),
}
KEYS = {"orders_db": "transfer_id", "seats_db": "claim_id", "sagas_db": "saga_id"}


@dataclass(frozen=True, slots=True)
class Ruin:
    """Transfers of every end, one of them torn for every kind of damage."""

    healthy: Verdicts
    torn: dict[str, Deal]
    damaged: Verdicts
    mended: Verdicts


def _change(live: Stack, database: str, sql: str, deal: Deal) -> None:
    key = KEYS.get(database)
    where = f" WHERE {key} = '{deal.transfer_id}'" if key else ""
    execute(live, database, sql.replace("{id}", deal.transfer_id) + where)


@pytest.fixture(scope="module")
def market(live: Stack, shop: Shop) -> Market:
    secrets = live.context.secrets
    return Market(
        shop,
        SmuStandin(live.url("smu-standin"), secrets["SMU_API_KEY"]),
        StripeStandin(live.url("localstripe"), secrets["STRIPE_SECRET_KEY"]),
    )


@pytest.fixture(scope="module")
def ruin(live: Stack, shop: Shop, market: Market) -> Ruin:
    event = shop.publish(seats=len(DAMAGES) + 3)
    seats = event.seat_ids
    seller, buyer = market.seller_of(event, *seats), market.person_with("200.00")
    deals = [market.complete(seat, seller, buyer) for seat in seats[: len(DAMAGES) + 2]]
    market.begin(seats[-1], seller, buyer)
    *torn, upheld, reversed_ = deals
    admin = shop.sign_in("admin@example.com")
    for deal in (upheld, reversed_):
        disputed = shop.api.dispute_transfer(
            buyer.token, deal.transfer_id, "It was a screenshot"
        )
        assert disputed.status == 200, disputed.body
    assert shop.api.uphold_transfer(admin, upheld.transfer_id).status == 200
    assert shop.api.reverse_transfer(admin, reversed_.transfer_id).status == 200
    healthy = _when_it_holds(live)
    victims = dict(zip(DAMAGES, torn, strict=True))
    for what, (database, damage, _, _) in DAMAGES.items():
        _change(live, database, damage, victims[what])
    try:
        damaged = reconcile(live)
    finally:
        for what, (database, _, mend, _) in DAMAGES.items():
            _change(live, database, mend, victims[what])
    return Ruin(healthy, victims, damaged, _when_it_holds(live))


def _when_it_holds(live: Stack) -> Verdicts:
    return eventually(
        lambda: reconcile(live),
        lambda seen: seen.status == 0,
        within_s=SETTLED_WITHIN_S,
        every_s=2.0,
    )


def test_transfers_disputes_and_reversals_break_nothing(ruin: Ruin) -> None:
    assert ruin.healthy.broken == {}
    assert ruin.mended.broken == {}


@pytest.mark.parametrize("what", DAMAGES)
def test_torn_transfer_is_named_by_the_rules_it_breaks(ruin: Ruin, what: str) -> None:
    transfer_id = ruin.torn[what].transfer_id

    told = {rule for rule, text in ruin.damaged.broken.items() if transfer_id in text}

    assert ruin.damaged.status == 1
    assert DAMAGES[what][3] <= told
