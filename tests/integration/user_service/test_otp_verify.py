from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from builders.otp import Killed, Suspect, a_wrong_code, another_client
from builders.users import error_code
from service_common.db import Database
from service_common.errors import Unknown
from support.races import race
from support.smu import SmuStandin
from user_service.gateways.smu_gateway import SmuGateway
from user_service.services.otp_verification import VerifyOutcome

GUESSERS = 20


@pytest.fixture
def suspect(service: FlaskClient, database: Database) -> Suspect:
    """Somebody who was just sent a code."""
    suspect = Suspect(service, database)
    assert suspect.ask().status_code == 200
    return suspect


@pytest.fixture
def right(suspect: Suspect, smu: SmuStandin) -> str:
    return smu.code(suspect.phone)


def test_right_code_is_good(suspect: Suspect, right: str) -> None:
    assert suspect.outcome(right) == ("VERIFIED", 0)
    assert suspect.row().state == "VERIFIED"


def test_repeated_request_is_told_the_same(
    suspect: Suspect, right: str, smu: SmuStandin
) -> None:
    first = suspect.outcome(right)
    calls = smu.calls()

    assert suspect.outcome(right) == first
    assert smu.calls() == calls


def test_code_is_good_for_its_errand_only(suspect: Suspect, right: str) -> None:
    for change in ({"reference": "another-order"}, {"purpose": "TRANSFER_BUYER"}):
        answer = suspect.enter(right, **change)

        assert (answer.status_code, error_code(answer)) == (404, "OTP_NOT_FOUND")
    assert suspect.outcome(right)[0] == "VERIFIED"


def test_code_of_one_is_not_good_for_another(
    suspect: Suspect, right: str, service: FlaskClient, database: Database
) -> None:
    other = Suspect(service, database, reference=suspect.reference)
    other.ask()

    assert other.outcome(right)[0] == "INVALID"


def test_third_wrong_code_is_the_last(suspect: Suspect, right: str) -> None:
    wrong = a_wrong_code(right)

    assert suspect.outcome(wrong) == ("INVALID", 2)
    assert suspect.outcome(wrong) == ("INVALID", 1)
    assert suspect.outcome(wrong) == ("EXCEEDED", 0)
    assert suspect.outcome(right) == ("EXCEEDED", 0)
    assert suspect.row().state == "FAILED"


def test_code_is_good_for_five_minutes(suspect: Suspect, right: str) -> None:
    suspect.let_time_pass(301)

    assert suspect.outcome(right) == ("EXPIRED", 0)
    assert suspect.row().attempts == 0


@pytest.mark.parametrize("fault", ["timeout", "error"])
def test_silent_smu_api_is_neither_an_attempt_nor_a_pass(
    suspect: Suspect, right: str, smu: SmuStandin, fault: str
) -> None:
    suspect.outcome(a_wrong_code(right))
    with smu.fault("verifyOTP", fault):
        answer = suspect.enter(right)

    assert (answer.status_code, error_code(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert (suspect.row().attempts, suspect.row().state) == (1, "OPEN")
    assert suspect.outcome(right) == ("VERIFIED", 0)


@pytest.mark.parametrize("repetition", range(5))
def test_of_twenty_guesses_at_once_three_reach_the_smu_api(
    app: Flask, suspect: Suspect, right: str, smu: SmuStandin, repetition: int
) -> None:
    before = smu.calls()["verifyOTP"]
    guess = _enter_from_many(app, suspect, a_wrong_code(right))

    answers = race(*[guess] * GUESSERS)

    assert smu.calls()["verifyOTP"] - before == 3
    outcomes = sorted(answers)
    assert outcomes == ["EXCEEDED"] * (GUESSERS - 2) + ["INVALID"] * 2
    assert suspect.outcome(right)[0] == "EXCEEDED"


@pytest.mark.parametrize("repetition", range(5))
def test_code_entered_twice_at_once_is_good_for_both(
    app: Flask, suspect: Suspect, right: str, smu: SmuStandin, repetition: int
) -> None:
    enter = _enter_from_many(app, suspect, right)

    assert race(enter, enter) == ["VERIFIED", "VERIFIED"]
    assert suspect.is_verified()


class _Interrupted(SmuGateway):
    """Something happens between the question and the answer, which is no."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__("http://127.0.0.1:9", "key", connections=1)
        self._meanwhile = meanwhile

    def verify_otp(self, *_args: Any, **_kwargs: Any) -> bool:
        self._meanwhile()
        return False


def test_attempts_of_killed_processes_come_back_when_their_time_is_over(
    suspect: Suspect, right: str
) -> None:
    def meanwhile() -> None:
        raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            suspect.enter_at(_Interrupted(meanwhile), right)

    too_early = suspect.enter(right)
    suspect.let_time_pass(6)

    assert too_early.status_code == 503
    assert suspect.outcome(right)[0] == "VERIFIED"


def test_frozen_process_counts_its_wrong_code_when_it_goes_on(
    suspect: Suspect, right: str
) -> None:
    def meanwhile() -> None:
        suspect.let_time_pass(6)
        assert suspect.outcome(a_wrong_code(right)) == ("INVALID", 2)

    frozen = suspect.enter_at(_Interrupted(meanwhile), a_wrong_code(right))

    assert (frozen.outcome, frozen.attempts_left) == (VerifyOutcome.INVALID, 1)
    assert suspect.outcome(a_wrong_code(right)) == ("EXCEEDED", 0)


def test_errands_that_start_at_once_leave_one_open_challenge(
    app: Flask, service: FlaskClient, database: Database, smu: SmuStandin
) -> None:
    first = Suspect(service, database)
    suspects = [
        dataclasses.replace(
            first, service=another_client(app, service), reference=f"r{n}"
        )
        for n in range(8)
    ]

    answers = race(*[suspect.ask for suspect in suspects])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert len(smu.texts(first.phone)) == 1


def test_one_errand_that_is_asked_for_at_once_gets_one_code(
    app: Flask, service: FlaskClient, database: Database, smu: SmuStandin
) -> None:
    first = Suspect(service, database)
    same = [
        dataclasses.replace(first, service=another_client(app, service))
        for _ in range(8)
    ]

    answers = [answer.get_json() for answer in race(*[one.ask for one in same])]

    assert [answer["sent"] for answer in answers].count(True) == 1
    assert len({answer["challenge_id"] for answer in answers}) == 1
    assert len(smu.texts(first.phone)) == 1


ANSWERS = {
    "yes": (200, b'{"success": true}'),
    "no": (400, b'{"success": false}'),
    "polite-no": (200, b'{"success": false}'),
    "bare-400": (400, b""),
    "no-json": (200, b"true"),
    "truthy": (200, b'{"success": "false"}'),
    "yes-with-500": (500, b'{"success": true}'),
    "no-with-401": (401, b'{"success": false}'),
    "no-with-404": (404, b'{"success": false}'),
    "no-with-429": (429, b'{"success": false}'),
    "redirect": (302, b'{"success": true}'),
    "empty": (204, b""),
}


@pytest.fixture(scope="module")
def oracle() -> Iterator[str]:
    """An API that answers with what the code names."""

    class Oracle(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = ANSWERS[body.get("otp_code") or body["message"]]
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Oracle)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("said", ANSWERS)
def test_only_a_plain_yes_is_yes_and_only_a_plain_no_is_no(
    oracle: str, said: str
) -> None:
    gateway = SmuGateway(oracle, "key", connections=1)
    if said in ("yes", "no", "polite-no"):
        assert gateway.verify_otp("+65", said) is (said == "yes")
        return

    with pytest.raises(Unknown):
        gateway.verify_otp("+65", said)


@pytest.mark.parametrize("said", sorted(set(ANSWERS) - {"yes"}))
def test_only_a_plain_yes_means_that_the_code_was_sent(oracle: str, said: str) -> None:
    with pytest.raises(Unknown):
        SmuGateway(oracle, "key", connections=1).send_otp("+65", said)


def test_nobody_at_the_other_end_is_unknown() -> None:
    with pytest.raises(Unknown):
        SmuGateway("http://127.0.0.1:9", "key", connections=1).verify_otp("+65", "yes")


def _enter_from_many(app: Flask, suspect: Suspect, code: str) -> Callable[[], str]:
    def enter() -> str:
        one = dataclasses.replace(suspect, service=another_client(app, suspect.service))
        return one.outcome(code)[0]

    return enter
