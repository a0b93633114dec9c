"""A thread that stays at a connection, and an answer that leaves in one piece."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from service_common import kept_connections
from service_common.kept_connections import Listening, in_one_piece

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    with near, far:
        yield near, far


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "LINGER_MS", 20_000)


def _listening(*, is_needed: bool = False) -> Listening:
    """One place, for threads that are needed elsewhere or not."""
    return Listening(1, lambda: is_needed)


def test_next_request_is_heard(pair: Pair) -> None:
    near, far = pair
    far.sendall(b"GET")

    assert _listening().hears_more(near)
    assert near.recv(9) == b"GET"


def test_silence_ends_the_waiting(pair: Pair) -> None:
    started = time.monotonic()

    assert not _listening().hears_more(pair[0])
    assert time.monotonic() - started >= kept_connections.LINGER_MS / 1000


def test_end_of_the_connection_is_heard_like_a_request(
    pair: Pair, patient: None
) -> None:
    pair[1].close()

    assert _listening().hears_more(pair[0])


def test_who_finds_no_place_goes_back_to_work_at_once(
    pair: Pair, patient: None
) -> None:
    near, far = pair
    listening = _listening()
    with ThreadPoolExecutor(2) as pool:
        both = {pool.submit(listening.hears_more, near) for _ in range(2)}

        sent_away, staying = wait(both, timeout=5, return_when=FIRST_COMPLETED)
        far.sendall(b"x")

        assert [one.result() for one in sent_away] == [False]
        assert [one.result(timeout=5) for one in staying] == [True]


def test_nobody_stays_who_is_needed_elsewhere(pair: Pair) -> None:
    near, far = pair
    far.sendall(b"x")

    assert not _listening(is_needed=True).hears_more(near)


def test_place_is_free_again_afterwards(pair: Pair) -> None:
    near, far = pair
    listening = _listening()
    far.sendall(b"x")

    assert [listening.hears_more(near) for _ in range(3)] == [True, True, True]


def test_what_is_sent_in_two_pieces_arrives_as_one(pair: Pair) -> None:
    near, far = pair
    with in_one_piece(near):
        near.sendall(b"head")
        far.setblocking(False)
        with pytest.raises(BlockingIOError):
            far.recv(99)
        near.sendall(b"body")

    far.settimeout(5)
    assert far.recv(99) == b"headbody"


def test_connection_that_was_closed_inside_is_no_error(pair: Pair) -> None:
    with in_one_piece(pair[0]):
        pair[0].close()
