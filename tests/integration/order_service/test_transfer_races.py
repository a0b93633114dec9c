"""Calls for one transfer, or one seat, at the same moment: exactly one outcome."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import text

from builders.ticket_transfers import (
    Resales,
    a_new_transfer,
    a_swap,
    an_offer_of,
    live_orders,
)
from order_service.models import OrderStatus, Party, TransferStatus
from order_service.services.expiry_service import ExpiryService
from order_service.services.swap_service import Swap
from order_service.services.transfer_record import NewTransfer, TransferRecord
from order_service.services.transfer_service import TransferService
from service_common.db import Database
from service_common.errors import AppError, Unavailable
from support.races import after, race

ROUNDS = 20
RACERS = 6


def _code(outcome: object) -> str:
    if isinstance(outcome, AppError):
        return outcome.code
    if isinstance(outcome, Exception):
        raise outcome
    return "OK"


def _creating(
    transfers: TransferService, new: NewTransfer
) -> Callable[[], tuple[TransferRecord, bool]]:
    return partial(_until_answered, partial(transfers.create_transfer, new))


def _disputing(
    resales: Resales, done: TransferRecord, user_id: uuid.UUID | None = None
) -> Callable[[], TransferRecord]:
    dispute = partial(
        resales.disputes.dispute_transfer,
        done.transfer_id,
        user_id=user_id or done.seller_id,
        reason="No",
    )
    return partial(_until_answered, dispute)


def _let_time_pass(database: Database, transfer_id: uuid.UUID) -> None:
    with database.statement() as connection:
        connection.execute(
            text("UPDATE transfers SET expires_at = now() WHERE transfer_id = :id"),
            {"id": transfer_id},
        )


def _open_of_seat(database: Database, seat_id: uuid.UUID) -> int:
    with database.statement() as connection:
        count: int = connection.execute(
            text(
                "SELECT count(*) FROM transfers WHERE seat_id = :id"
                " AND status IN ('INITIATED', 'PENDING_OTP') AND unsettled IS NULL"
            ),
            {"id": seat_id},
        ).scalar_one()
    return count


def test_of_many_offers_of_one_seat_one_is_made(resales: Resales) -> None:
    for _ in range(ROUNDS):
        seat_id = uuid.uuid4()

        outcomes = race(
            *[
                _creating(resales.transfers, a_new_transfer(seat_id=seat_id))
                for _ in range(RACERS)
            ]
        )

        codes = sorted(map(_code, outcomes))
        assert codes == ["OK", *["TRANSFER_IN_PROGRESS"] * (RACERS - 1)]


def test_same_offer_made_many_times_at_once_is_made_once(resales: Resales) -> None:
    for _ in range(ROUNDS):
        new = a_new_transfer()

        outcomes = race(*[_creating(resales.transfers, new)] * RACERS)

        assert sorted(made for _, made in outcomes) == [False] * (RACERS - 1) + [True]
        assert len({record for record, _ in outcomes}) == 1


def test_one_id_for_two_seats_leaves_one_transfer(resales: Resales) -> None:
    for _ in range(ROUNDS):
        first = a_new_transfer()
        second = replace(first, seat_id=uuid.uuid4(), initiated_by=first.buyer_id)

        outcomes = race(
            _creating(resales.transfers, first),
            _creating(resales.transfers, second),
        )

        assert sorted(map(_code, outcomes)) == ["OK", "TRANSFER_ID_REUSED"]


def test_over_an_expired_offer_one_of_many_steps(
    resales: Resales, database: Database
) -> None:
    for _ in range(ROUNDS):
        expired = resales.pending(a_new_transfer())
        _let_time_pass(database, expired.transfer_id)
        rivals = [a_new_transfer(seat_id=expired.seat_id) for _ in range(RACERS - 2)]

        outcomes = race(
            partial(ExpiryService(database).expire_transfer, expired.transfer_id),
            ExpiryService(database).sweep_due_transfers,
            *[_creating(resales.transfers, rival) for rival in rivals],
        )

        assert sorted(map(_code, outcomes[2:])).count("OK") == 1
        left = resales.transfers.get_transfer(expired.transfer_id)
        assert left.failure_reason == "TRANSFER_EXPIRED"
        assert _open_of_seat(database, expired.seat_id) == 1


def test_limit_of_a_person_is_exact_however_many_seats_he_offers_at_once(
    database: Database,
) -> None:
    transfers = TransferService(database, ttl_s=600, per_hour_max=3)
    for _ in range(ROUNDS):
        seller_id = uuid.uuid4()

        outcomes = race(
            *[
                _creating(transfers, a_new_transfer(seller_id=seller_id))
                for _ in range(RACERS)
            ]
        )

        codes = sorted(map(_code, outcomes))
        assert codes == ["OK"] * 3 + ["TRANSFER_LIMIT_REACHED"] * 3


def test_both_consents_at_once_are_an_agreement(resales: Resales) -> None:
    for _ in range(ROUNDS):
        new = resales.pending(a_new_transfer())

        outcomes = race(
            *[
                partial(resales.transfers.verify_party, new.transfer_id, party)
                for party in (*Party, *Party)
            ]
        )

        assert {_code(outcome) for outcome in outcomes} == {"OK"}
        assert resales.transfers.get_transfer(new.transfer_id).is_agreed


def test_last_consent_meets_cancellation_expiry_and_sweep_and_one_of_them_wins(
    resales: Resales, database: Database
) -> None:
    seen = set()
    expiries = ExpiryService(database)
    for lead in range(ROUNDS * 2):
        new = resales.pending(a_new_transfer())
        resales.transfers.verify_party(new.transfer_id, Party.SELLER)
        read = partial(resales.transfers.get_transfer, new.transfer_id)
        verify = partial(resales.transfers.verify_party, new.transfer_id, Party.BUYER)
        cancel: Callable[[], object] = partial(
            resales.transfers.fail_transfer, new.transfer_id, "CANCELLED"
        )
        in_time = lead % 4 < 2
        if not in_time:
            cancel = partial(_let_time_pass, database, new.transfer_id)

        verified, cancelled, _, _ = race(
            partial(after, int(lead % 2), read, verify),
            partial(after, int(lead % 2 == 0), read, cancel),
            partial(expiries.expire_transfer, new.transfer_id),
            expiries.sweep_due_transfers,
        )

        expiries.expire_transfer(new.transfer_id)
        left = read()
        is_agreed = _code(verified) == "OK"
        seen.add((in_time, is_agreed))
        assert left.is_agreed == is_agreed
        assert (left.status is TransferStatus.FAILED) != is_agreed
        if in_time:
            assert _code(cancelled) == ("TRANSFER_INVALID_STATE" if is_agreed else "OK")
    assert seen == {(True, True), (True, False), (False, True), (False, False)}


def test_offer_begun_while_the_ticket_is_disputed_never_goes_on(
    resales: Resales, database: Database
) -> None:
    seen = set()
    for lead in range(ROUNDS):
        done = resales.completed(an_offer_of(resales.sold()))
        onward = a_new_transfer(seat_id=done.seat_id, seller_id=done.buyer_id)
        read = partial(resales.transfers.get_transfer, done.transfer_id)

        # Now the one waits a little, now the other.
        disputed, created = race(
            partial(after, lead % 3, read, _disputing(resales, done)),
            partial(after, lead % 5 * 2, read, _creating(resales.transfers, onward)),
        )

        assert _code(disputed) == "OK"
        assert _code(created) in ("OK", "SEAT_UNAVAILABLE")
        seen.add(_code(created))
        assert _open_of_seat(database, done.seat_id) == 0
    assert seen == {"OK", "SEAT_UNAVAILABLE"}


def test_agreement_meets_a_dispute_of_the_ticket_and_one_of_them_decides(
    resales: Resales, database: Database
) -> None:
    seen = set()
    for lead in range(ROUNDS * 2):
        done = resales.completed(an_offer_of(resales.sold()))
        onward = resales.pending(
            a_new_transfer(seat_id=done.seat_id, seller_id=done.buyer_id)
        )
        resales.transfers.verify_party(onward.transfer_id, Party.SELLER)
        read = partial(resales.transfers.get_transfer, done.transfer_id)

        _, verified = race(
            _disputing(resales, done),
            partial(
                after,
                lead % 8,
                read,
                partial(
                    resales.transfers.verify_party, onward.transfer_id, Party.BUYER
                ),
            ),
        )

        left = resales.transfers.get_transfer(onward.transfer_id)
        seen.add(left.failure_reason)
        assert left.is_agreed == (_code(verified) == "OK")
        assert left.is_agreed == (left.failure_reason is None)
        assert _open_of_seat(database, done.seat_id) == 0
    assert seen == {None, "TICKET_DISPUTED"}


def test_two_people_dispute_at_once_and_one_dispute_stands(resales: Resales) -> None:
    for _ in range(ROUNDS):
        done = resales.completed(an_offer_of(resales.sold()))

        outcomes = race(
            *[
                _disputing(resales, done, user_id)
                for user_id in (done.seller_id, done.buyer_id)
            ]
        )

        assert sorted(map(_code, outcomes)) == ["OK", "TRANSFER_INVALID_STATE"]
        assert resales.transfers.get_transfer(done.transfer_id).dispute_no == 1


def test_upholding_meets_a_reversal_and_one_of_them_is_decided(
    resales: Resales,
) -> None:
    for _ in range(ROUNDS):
        disputed = resales.disputed(an_offer_of(resales.sold()))

        outcomes = race(
            partial(resales.disputes.uphold_transfer, disputed.transfer_id),
            partial(resales.disputes.begin_reversal, disputed.transfer_id),
        )

        assert sorted(map(_code, outcomes)) == ["OK", "TRANSFER_INVALID_STATE"]


def test_completion_repeated_at_once_is_one_swap(
    resales: Resales, database: Database
) -> None:
    for _ in range(ROUNDS):
        new = resales.agreed(an_offer_of(resales.sold()))
        order_id = uuid.uuid4()

        outcomes = race(
            *[partial(resales.swaps.complete_transfer, a_swap(new), order_id)] * RACERS
        )

        assert len(set(outcomes)) == 1
        assert outcomes[0].bought_order_id == order_id
        assert live_orders(database, new.seat_id) == [order_id]


def test_completion_meets_the_confirmation_of_the_purchase_in_any_turn(
    resales: Resales, database: Database
) -> None:
    for _ in range(ROUNDS):
        purchase = resales.pending_purchase()
        new = resales.agreed(an_offer_of(purchase))
        complete = partial(resales.swaps.complete_transfer, a_swap(new), uuid.uuid4())

        race(
            partial(resales.orders.confirm_order, purchase.order_id, uuid.uuid4()),
            partial(_until_answered, complete),
        )

        done = complete_again(resales, new)
        assert live_orders(database, new.seat_id) == [done.bought_order_id]
        sold = resales.orders.get_order(purchase.order_id)
        assert sold.status is OrderStatus.CONFIRMED


def complete_again(resales: Resales, new: NewTransfer) -> TransferRecord:
    record = resales.transfers.get_transfer(new.transfer_id)
    assert record.bought_order_id is not None
    return resales.swaps.complete_transfer(a_swap(new), record.bought_order_id)


def test_reversal_repeated_at_once_gives_back_once(
    resales: Resales, database: Database
) -> None:
    for _ in range(ROUNDS):
        sold = resales.sold()
        disputed = resales.disputed(an_offer_of(sold))
        resales.disputes.begin_reversal(disputed.transfer_id)
        swap = Swap(disputed.transfer_id, uuid.uuid4(), 3)

        outcomes = race(*[partial(resales.swaps.reverse_transfer, swap)] * RACERS)

        assert len(set(outcomes)) == 1
        assert live_orders(database, disputed.seat_id) == [sold.order_id]


def test_ring_of_swaps_ends_with_one_live_item_in_any_turn_of_arrival(
    resales: Resales, database: Database
) -> None:
    """A ticket goes round three people; every report comes late, and twice.

    Each hop begins when the seat has changed hands, which is before the books of the
    hop before are written: the order service sees begins, completions, repeated
    completions and the purchase's own confirmation in any turn.
    """
    for _ in range(ROUNDS // 4):
        purchase = resales.pending_purchase()
        people = [purchase.user_id, uuid.uuid4(), uuid.uuid4(), purchase.user_id]
        hops = [
            an_offer_of(
                purchase,
                seller_id=people[hop],
                initiated_by=people[hop],
                buyer_id=people[hop + 1],
                ticket_version=hop + 1,
            )
            for hop in range(3)
        ]
        order_ids = [uuid.uuid4() for _ in hops]

        def go_round(
            hops: list[NewTransfer] = hops, order_ids: list[uuid.UUID] = order_ids
        ) -> None:
            with ThreadPoolExecutor(len(hops) * 2) as repeats:
                late = []
                for hop, order_id in zip(hops, order_ids, strict=True):
                    _until_answered(
                        partial(resales.agreed, hop), "TRANSFER_IN_PROGRESS"
                    )
                    complete = partial(
                        resales.swaps.complete_transfer, a_swap(hop), order_id
                    )
                    late += [
                        repeats.submit(_until_answered, complete) for _ in range(2)
                    ]
                for repeat in late:
                    repeat.result()

        race(
            go_round,
            partial(resales.orders.confirm_order, purchase.order_id, uuid.uuid4()),
        )

        assert live_orders(database, hops[0].seat_id) == [order_ids[-1]]
        records = [resales.transfers.get_transfer(hop.transfer_id) for hop in hops]
        assert [record.sold_order_id for record in records] == [
            purchase.order_id,
            *order_ids[:-1],
        ]


def _until_answered(call: Callable[[], Any], *also: str) -> Any:
    """As every caller does: again, until it is answered.

    Whoever waits for a lock for too long is told to come again. `also` names what a
    caller may meet on the way that passes by itself.
    """
    for _ in range(500):
        try:
            return call()
        except AppError as error:
            if not isinstance(error, Unavailable) and error.code not in also:
                raise
    raise AssertionError("never answered")
