from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local_stack.errors import StackError
from local_stack.rabbitmq import render_config, users_definition

BROKER = Path(__file__).parents[3] / "rabbitmq"
DEFINITIONS: dict[str, Any] = json.loads((BROKER / "definitions.json").read_text())


def test_key_is_set_otherwise_and_the_rest_stays() -> None:
    source = "# a.b = not this\na.b = 1\na.bc = 2\n"

    assert render_config(source, {"a.b": "x\\1"}) == (
        "# a.b = not this\na.b = x\\1\na.bc = 2\n"
    )


@pytest.mark.parametrize("source", ["", "a.b = 1\na.b = 2\n"])
def test_key_that_is_not_there_once_is_refused(source: str) -> None:
    with pytest.raises(StackError, match=r"a\.b not exactly once"):
        render_config(source, {"a.b": "1"})


def test_password_is_salted_as_the_broker_does_it() -> None:
    definition = json.loads(users_definition("someone", "secret"))

    (user,) = definition["users"]
    raw = base64.b64decode(user["password_hash"])
    assert raw[4:] == hashlib.sha256(raw[:4] + b"secret").digest()
    assert "secret" not in json.dumps(definition)


def test_definitions_hold_no_user() -> None:
    assert not {"users", "permissions"} & DEFINITIONS.keys()


def test_every_binding_names_what_exists() -> None:
    exchanges = {exchange["name"] for exchange in DEFINITIONS["exchanges"]}
    queues = {queue["name"] for queue in DEFINITIONS["queues"]}

    for binding in DEFINITIONS["bindings"]:
        assert binding["source"] in exchanges
        assert binding["destination"] in queues
        assert binding["destination_type"] == "queue"
        assert binding["routing_key"]


def test_dead_letters_of_every_queue_have_a_place_to_go() -> None:
    queues = {queue["name"]: queue["arguments"] for queue in DEFINITIONS["queues"]}
    bound = {(b["source"], b["routing_key"]) for b in DEFINITIONS["bindings"]}
    bound |= {("", name) for name in queues}  # the default exchange

    for arguments in queues.values():
        if "x-dead-letter-exchange" in arguments:
            key = arguments["x-dead-letter-routing-key"]
            assert (arguments["x-dead-letter-exchange"], key) in bound


def test_dead_letters_are_not_lost_on_the_way() -> None:
    # All three, or the broker falls back to at-most-once without a word.
    for queue in DEFINITIONS["queues"]:
        arguments = queue["arguments"]
        if "x-dead-letter-exchange" in arguments:
            assert arguments["x-queue-type"] == "quorum"
            assert arguments["x-dead-letter-strategy"] == "at-least-once"
            assert arguments["x-overflow"] == "reject-publish"
