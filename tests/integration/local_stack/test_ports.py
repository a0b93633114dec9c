from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_stack.errors import PortTaken, UnknownName
from local_stack.ports import DESIGN_PORTS, PortMode, choose_ports, is_free
from support.toy_stack import FIRST, SECOND, Toy, toy_stack


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with listening() as port:
        return port


def choose(*names: str, mode: PortMode, **known: dict[str, int]) -> dict[str, int]:
    nothing: dict[str, int] = {}
    return choose_ports(
        names,
        mode=mode,
        remembered=known.get("remembered", nothing),
        given=known.get("given", nothing),
        in_use_by_us=known.get("running", nothing),
    )


def test_port_where_somebody_listens_is_not_free(free_port: int) -> None:
    with listening(free_port):
        assert not is_free(free_port)

    assert is_free(free_port)


def test_taken_port_is_named_with_who_wants_it_and_who_has_it(free_port: int) -> None:
    with listening(free_port), pytest.raises(PortTaken) as refused:
        choose("gateway", mode=PortMode.FIXED, given={"gateway": free_port})

    assert f"gateway wants port {free_port}, which is taken by" in str(refused.value)
    assert f"(pid {os.getpid()})" in str(refused.value)


def test_usual_port_is_taken_where_it_is_free(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr("local_stack.ports.DESIGN_PORTS", {"gateway": free_port})

    assert choose("gateway", mode=PortMode.FIXED) == {"gateway": free_port}
    assert choose("gateway", mode=PortMode.PREFER) == {"gateway": free_port}


def test_another_port_is_taken_where_the_usual_is_not_free(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr("local_stack.ports.DESIGN_PORTS", {"gateway": free_port})

    with listening(free_port):
        chosen = choose("gateway", mode=PortMode.PREFER)
        with pytest.raises(PortTaken):
            choose("gateway", mode=PortMode.FIXED)

    assert chosen["gateway"] != free_port


def test_second_stack_takes_no_usual_port() -> None:
    chosen = choose(*DESIGN_PORTS, mode=PortMode.AUTO)

    assert not set(chosen.values()) & set(DESIGN_PORTS.values())
    assert len(set(chosen.values())) == len(DESIGN_PORTS)


def test_last_port_is_taken_again(free_port: int) -> None:
    remembered = {"gateway": free_port}

    assert choose("gateway", mode=PortMode.AUTO, remembered=remembered) == remembered


def test_last_port_that_is_taken_now_is_given_up(free_port: int) -> None:
    remembered = {"gateway": free_port}

    with listening(free_port):
        chosen = choose("gateway", mode=PortMode.AUTO, remembered=remembered)

    assert chosen != remembered


def test_port_of_our_own_running_process_stays(free_port: int) -> None:
    remembered = {"gateway": free_port}

    with listening(free_port):
        chosen = choose(
            "gateway",
            mode=PortMode.FIXED,
            remembered=remembered,
            running=remembered,
        )

    assert chosen == remembered


def test_name_that_appears_twice_has_one_port() -> None:
    assert len(choose("gateway", "gateway", mode=PortMode.AUTO)) == 1


def test_port_of_a_stack_that_may_be_starting_is_left_to_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = toy_stack(repository, Toy(FIRST), name="one")
    one.up()
    one.down()  # nobody listens on its port now
    theirs = one.ports[FIRST]
    monkeypatch.setattr("local_stack.ports._OTHER_PORTS", [theirs] * 200)

    with pytest.raises(PortTaken, match="no free port found"):
        toy_stack(repository, Toy(FIRST), name="two").up()


def test_unknown_port_is_refused() -> None:
    with pytest.raises(UnknownName, match="no port called gate"):
        choose("gate", mode=PortMode.AUTO)
    with pytest.raises(UnknownName, match="no port called gate"):
        choose("gateway", mode=PortMode.AUTO, given={"gate": 9000})


def test_two_stacks_run_side_by_side(repository: Path) -> None:
    one = toy_stack(repository, Toy(FIRST), Toy(SECOND), name="one")
    two = toy_stack(repository, Toy(FIRST), Toy(SECOND), name="two")
    one.up()
    two.up()

    one.down()

    states = [status.state for status in two.status()]
    two.down()
    assert states == ["ready", "ready"]
    assert not set(one.ports.values()) & set(two.ports.values())
