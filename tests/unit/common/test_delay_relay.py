"""What a relay of delayed messages forgets, and what it keeps, when things break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from service_common.amqp import BrokerSettings, Publisher
from service_common.delays import DelayedTopic, DelayRelay
from service_common.errors import Unavailable
from service_common.outbox import Message, Outbox

TOPIC = DelayedTopic("probe", "probe.exchange", "probe.key", "due", "parking")
NO_BROKER = BrokerSettings("127.0.0.1", 1, "nobody", "nothing")


class RememberingOutbox:
    """Keeps what it was told about its messages."""

    def __init__(self) -> None:
        self.deleted: list[int] = []
        self.given_back: list[int] = []

    def delete(self, messages: Sequence[Message]) -> None:
        self.deleted += [message.id for message in messages]

    def give_back(self, messages: Sequence[Message]) -> None:
        self.given_back += [message.id for message in messages]


class BreakingPublisher:
    """Takes so many messages, and then the broker is gone."""

    def __init__(self, takes: int) -> None:
        self.taken: list[int] = []
        self._takes = takes

    def publish(
        self, _exchange: str, _key: str, payload: Mapping[str, Any], **_: Any
    ) -> None:
        if len(self.taken) == self._takes:
            raise Unavailable("The broker is gone.")
        self.taken.append(payload["number"])


def _message(number: int) -> Message:
    return Message(
        id=number,
        payload={"number": number},
        request_id="r",
        attempts=1,
        due_in_s=1.0,
    )


@pytest.mark.parametrize("takes", [0, 1, 2])
def test_only_what_the_broker_took_is_forgotten_when_it_breaks(takes: int) -> None:
    outbox, publisher = RememberingOutbox(), BreakingPublisher(takes)
    relay = DelayRelay("probe", cast("Outbox", outbox), TOPIC, NO_BROKER)
    batch = [_message(number) for number in (1, 2, 3)]

    with pytest.raises(Unavailable):
        relay._publish(cast("Publisher", publisher), batch)

    assert outbox.deleted == publisher.taken == [1, 2, 3][:takes]
    assert outbox.given_back == [1, 2, 3][takes:]


def test_batch_that_was_taken_is_forgotten() -> None:
    outbox, publisher = RememberingOutbox(), BreakingPublisher(takes=3)
    relay = DelayRelay("probe", cast("Outbox", outbox), TOPIC, NO_BROKER)

    relay._publish(cast("Publisher", publisher), [_message(1), _message(2)])

    assert (outbox.deleted, outbox.given_back) == ([1, 2], [])
