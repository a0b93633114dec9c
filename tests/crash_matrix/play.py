"""Puts a matrix together over a running stack: the declared sagas, lanes, people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crash_matrix.cells import HOLD, OFFER, Cell, cells_of
from crash_matrix.people import new_customer
from crash_matrix.runner import MakeSubject, Matrix, Outcome
from crash_matrix.subjects import (
    AbandonedHold,
    Publication,
    Purchase,
    Subject,
    World,
)
from crash_matrix.supervisor import Supervisor
from crash_matrix.swaps import AbandonedOffer, Resale, Reversal, Spoilt, Transfer
from local_stack import Stack
from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga_wiring import SagaParts, build_clients, build_sagas
from orchestrator_service.settings import Settings
from service_common.db import Database
from support.shop import Shop
from support.smu import SmuStandin

LANES = 4
CREDITS = 1000
_FEW = 20
_SEATS = 400
_RESALES: Mapping[str, type[Resale]] = {
    "transfer": Transfer,
    "reversal": Reversal,
    OFFER: AbandonedOffer,
}


def declared_sagas(registry: Registry) -> dict[str, Saga[Any]]:
    """Every declaration of the registry, by its kind."""
    found = {kind: registry.find(kind, n) for kind, n in sorted(registry.known())}
    return {kind: saga for kind, saga in found.items() if saga is not None}


def parts_of(settings: Settings) -> tuple[Database, SagaParts]:
    """The orchestrator's own sagas over its own database; nothing is asked yet."""
    database = Database(
        settings.database, pool_size=LANES + 1, application_name="crash-matrix"
    )
    clients = build_clients(settings)
    return database, build_sagas(database, clients, deadline_s=60)


def all_cells(settings: Settings) -> list[Cell]:
    """The cells of every declared saga."""
    _, parts = parts_of(settings)
    sagas = declared_sagas(parts.registry).values()
    return [cell for saga in sagas for cell in cells_of(saga)]


def play(
    stack: Stack,
    shop: Shop,
    cells: Sequence[Cell],
    report: Callable[[Outcome], None] = lambda _: None,
    *,
    lanes: int = LANES,
) -> dict[str, Outcome]:
    """Run the cells against the stack, whose processes are armed meanwhile."""
    settings = Settings.from_env(stack.environment("orchestrator-service"))
    database, parts = parts_of(settings)
    organiser = shop.sign_in("organiser@example.com")
    world = World(
        shop=shop,
        clients=build_clients(settings),
        event=shop.publish(seats=_SEATS),
        organiser=organiser,
        organiser_id=shop.api.me(organiser).body["user_id"],
        admin=shop.sign_in("admin@example.com"),
        smu=SmuStandin(stack.url("smu-standin"), stack.context.secrets["SMU_API_KEY"]),
    )
    seats = iter(world.event.seat_ids)
    makers = [_lane(stack, world, seats) for _ in range(lanes)]
    sagas = declared_sagas(parts.registry)
    try:
        with Supervisor(stack, cells) as supervisor:
            return Matrix(cells, sagas, database, supervisor, report).run(makers)
    finally:
        database.dispose()


def _lane(stack: Stack, world: World, seats: Iterator[str]) -> MakeSubject:
    customer = new_customer(stack, world.shop, CREDITS)

    def make(kind: str) -> Subject:
        if kind == "purchase":
            return Purchase(world, customer, next(seats))
        if kind == HOLD:
            return AbandonedHold(world, customer, next(seats))
        if kind == "event_publication":
            return Publication(world)
        try:
            return resale(kind)
        except Spoilt:
            return make(kind)

    def resale(kind: str) -> Subject:
        # People of its own, because a phone has one code at a time.
        seller, buyer = (new_customer(stack, world.shop, _FEW) for _ in range(2))
        return _RESALES[kind](world, seller.person, buyer.person, next(seats))

    return make
