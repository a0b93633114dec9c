"""A crash point kills its process at the named moment, and is not there otherwise."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest
from flask import request_finished, request_started

from service_common import crash_points
from service_common.crash_points import CrashPoint, crash_point

PROGRAM = """
from flask import Flask
from service_common.request_context import accept_request_id, set_request_id
from service_common.settings import load_or_exit

load_or_exit(dict)
app = Flask("probe")

@app.get("/")
def effect():
    set_request_id("mine")
    print("effect", flush=True)
    return "answer"

client = app.test_client()
for _ in range(2):
    answer = client.get("/", headers={"X-Request-ID": "mine"})
    print(answer.text, flush=True)
    answer.close()
print("survived", flush=True)
"""
GRPC_PROGRAM = """
from concurrent.futures import ThreadPoolExecutor

import grpc

from service_common.crash_points import grpc_interceptors
from service_common.grpc_client import open_channel
from service_common.settings import load_or_exit
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs import inventory_pb2_grpc as stubs

load_or_exit(dict)

class Servicer(stubs.InventoryServicer):
    def CarryOutCalls(self, request, context):
        print("effect", flush=True)
        return pb.CarryOutCallsResponse()

server = grpc.server(ThreadPoolExecutor(1), interceptors=grpc_interceptors())
stubs.add_InventoryServicer_to_server(Servicer(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
calls = [pb.GatheredCall(rpc=rpc, request_id=f"id-of-{rpc}") for rpc in ("A", "B")]
with open_channel(f"127.0.0.1:{port}") as channel:
    ask = stubs.InventoryStub(channel).CarryOutCalls
    ask(pb.CarryOutCallsRequest(calls=calls), timeout=10)
server.stop(None).wait(10)
print("survived", flush=True)
"""
ONCE = ["effect", "answer"]


def lines_of(program: str, env: Mapping[str, str]) -> tuple[int, list[str]]:
    """How it ended, and what it said, but for its log."""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(env),
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = [line for line in ended.stdout.splitlines() if "crash_point" not in line]
    return ended.returncode, said


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("effect:before", []),
        ("effect:after_commit", ["effect"]),
        ("effect:after_answer", ONCE),
        ("effect:before:2", ONCE),
        ("effect:after_commit:2@mine", [*ONCE, "effect"]),
        ("cause:before effect:after_commit:2 effect:after_answer", ONCE),
    ],
)
def test_armed_process_dies_at_the_moment(spec: str, said: list[str]) -> None:
    assert lines_of(PROGRAM, {"CRASHPOINT": spec}) == (-signal.SIGKILL, said)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"CRASHPOINT": ""},
        {"CRASHPOINT": "effect:before@another"},
        {"CRASHPOINT": "cause:before"},
        {"CRASHPOINT": "effect:before:3"},
    ],
)
def test_process_that_is_not_meant_lives_on(env: dict[str, str]) -> None:
    assert lines_of(PROGRAM, env) == (0, [*ONCE, *ONCE, "survived"])


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("gathered.B:before@id-of-B", []),
        ("gathered.B:after_commit@id-of-B", ["effect"]),
        ("gathered.B:after_answer@id-of-B", ["effect"]),
    ],
)
def test_grpc_call_that_came_with_others_is_a_place(spec: str, said: list[str]) -> None:
    ended, lines = lines_of(GRPC_PROGRAM, {"CRASHPOINT": spec})

    assert (ended, lines) == (-signal.SIGKILL, said)


@pytest.mark.parametrize("spec", ["gathered.B:before@id-of-A", "gathered.C:before"])
def test_grpc_call_that_is_not_meant_is_carried_out(spec: str) -> None:
    lived = (0, ["effect", "survived"])

    assert lines_of(GRPC_PROGRAM, {"CRASHPOINT": spec}) == lived


@pytest.mark.parametrize(
    "spec",
    [
        "effect",
        "effect:during",
        "effect:before:0",
        "effect:before:x",
        "@mine",
        "a:before,",
    ],
)
def test_malformed_point_stops_the_start_with_one_line(spec: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"CRASHPOINT": spec},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 78
    assert ended.stderr.startswith("cannot start: CRASHPOINT is no <name>:<moment>")
    assert len(ended.stderr.splitlines()) == 1


def test_nothing_is_installed_in_a_process_that_is_not_armed() -> None:
    assert crash_points._armed == ()
    assert not request_started.receivers
    assert not request_finished.receivers
    assert crash_points.grpc_interceptors() == ()

    crash_point("anything:before")


def test_only_passes_of_the_named_request_count() -> None:
    point = CrashPoint.parse("log.start:after_commit:2@mine")
    name = "log.start:after_commit"

    passes = [point.is_reached(name, who) for who in ("other", "mine", "other", "mine")]

    assert passes == [False, False, False, True]
