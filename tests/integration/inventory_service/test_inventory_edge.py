from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import text

from inventory_service.app import SERVICE_NAME, InventoryServer, create_app
from inventory_service.settings import Settings
from service_common.db import Database
from service_common.errors import InvalidInput, Unknown
from service_common.grpc_client import open_channel
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub
from support.inventory_calls import InventoryCalls, a_block, new_id
from support.waiting import eventually

RPCS = sorted(
    method.name for method in pb.DESCRIPTOR.services_by_name["Inventory"].methods
)
NOTHING_NEEDED = {"CheckInvariants", "FindEndedHolds", "ListClaims"}


@pytest.mark.parametrize("rpc", RPCS)
@pytest.mark.parametrize("metadata", [(), (("x-service-token", "wrong"),)])
def test_call_without_the_service_token_is_refused(
    channel: grpc.Channel, rpc: str, metadata: Any
) -> None:
    stub: Any = InventoryStub(channel)  # type: ignore[no-untyped-call]
    request = getattr(pb, f"{rpc}Request")()

    def call() -> None:
        answer = getattr(stub, rpc)(request, timeout=5, metadata=metadata)
        list(answer)  # a stream fails when it is read

    with pytest.raises(grpc.RpcError) as refused:
        call()

    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if rpc not in NOTHING_NEEDED])
def test_empty_request_is_refused_as_malformed(
    inventory: InventoryCalls, rpc: str
) -> None:
    request = getattr(pb, f"{rpc}Request")()

    def call() -> None:
        if rpc in ("ListTickets", "ReadSeatMap"):
            stream = getattr(inventory.stub, rpc)
            list(inventory.caller.stream(stream, request, timeout_s=5))
        else:
            inventory.call(rpc, request)

    with pytest.raises(InvalidInput) as refused:
        call()

    assert refused.value.code == "INVALID_INPUT"
    assert refused.value.details["fields"]


def test_health_is_told_without_a_token(channel: grpc.Channel) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)

    for service in ("", SERVICE_NAME):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_port_that_is_taken_stops_the_start(
    server: InventoryServer, inventory_settings: Settings, database: Database
) -> None:
    taken = replace(
        inventory_settings,
        server=replace(inventory_settings.server, port=server.port),
    )

    with pytest.raises(RuntimeError):
        create_app(taken, database)


def test_caller_is_answered_at_his_deadline_while_rows_stay_locked(
    inventory: InventoryCalls, database: Database, seats: list[str]
) -> None:
    started = time.monotonic()
    with database.transaction() as connection:
        connection.execute(text("SELECT 1 FROM seats FOR UPDATE"))
        with pytest.raises(Unknown):
            inventory.reserve([seats[0]], timeout_s=0.3)

    assert time.monotonic() - started < 1


def _creating(database: Database) -> int:
    """How many statements are making seats at this moment."""
    question = text(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        " AND query LIKE '%INSERT INTO seats%' AND pid <> pg_backend_pid()"
    )
    with database.statement() as connection:
        return int(connection.execute(question).scalar_one())


def test_server_that_stops_lets_the_running_call_finish(
    inventory_settings: Settings, service_token: str, database: Database
) -> None:
    server = create_app(inventory_settings)
    server.start()
    event_id = new_id()
    with open_channel(f"127.0.0.1:{server.port}") as channel:
        inventory = InventoryCalls(channel, service_token)
        request = pb.CreateSeatsRequest(
            event_id=event_id, blocks=[a_block([str(n) for n in range(20)], 1000)]
        )
        running = inventory.stub.CreateSeats.future(
            request, timeout=30, metadata=(("x-service-token", service_token),)
        )
        eventually(lambda: _creating(database), bool, within_s=10, every_s=0.005)

        server.stop(20)

        assert running.result().seats_created == 20_000


def test_request_id_of_the_caller_goes_along_with_the_message(
    channel: grpc.Channel, service_token: str, query: Any, seats: list[str]
) -> None:
    stub: Any = InventoryStub(channel)  # type: ignore[no-untyped-call]
    request = pb.ReserveSeatRequest(
        seat_ids=[seats[0]], user_id=new_id(), hold_id=new_id(), order_id=new_id()
    )
    metadata = (("x-service-token", service_token), ("x-request-id", "req-7"))

    stub.ReserveSeat(request, timeout=5, metadata=metadata)

    [row] = query("SELECT request_id FROM outbox")
    assert row.request_id == "req-7"
