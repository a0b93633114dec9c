"""How many messages are parked, told where the invariants are judged.

A message that nobody can do anything with is put into a queue that a person has to look
into. Only the broker knows whether one is there, and invariants are questions to a
database: so a worker counts them every few seconds, and writes down what it found.
"""

from __future__ import annotations

from datetime import datetime

from pika.adapters.blocking_connection import BlockingChannel
from prometheus_client import Gauge
from sqlalchemy import CheckConstraint, DateTime, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.amqp import BrokerSettings, open_channel
from service_common.db import Base, Database
from service_common.invariants import Rule
from service_common.loop import Loop

PARKED = Gauge("messages_parked", "Messages that a person has to look at", ("queue",))

_COUNTS_EVERY_S = 2.0

# A count of long ago says nothing of now: the worker, or its broker, is gone.
NO_MESSAGE_IS_PARKED = Rule(
    "L4",
    "no_message_is_parked",
    "queue",
    """
    SELECT concat(queue, ': ', messages, ' parked, counted at ',
                  date_trunc('second', counted_at))
      FROM parked_messages
     WHERE messages > 0 OR counted_at < now() - interval '2 minutes'
    """,
)
_WRITE_DOWN = text(
    """
    INSERT INTO parked_messages (queue, messages) VALUES (:queue, :messages)
    ON CONFLICT (queue) DO UPDATE
       SET messages = excluded.messages, counted_at = excluded.counted_at
    """
)


class ParkedMessages(Base):
    """What was in a parking queue when it was counted last.

    The row comes with the migration, so that a worker which never counts is found, too.
    """

    __tablename__ = "parked_messages"
    __table_args__ = (CheckConstraint("messages >= 0", name="messages_not_negative"),)

    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    messages: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )


class ParkingWatch:
    """One parking queue → its row. Nothing waits for it, and it takes no message."""

    def __init__(self, queue: str, database: Database, broker: BrokerSettings) -> None:
        self._queue = queue
        self._database = database
        self._broker = broker

    def turn(self, loop: Loop) -> None:
        """Count on one connection until it breaks or the loop stops."""
        with open_channel(self._broker) as channel:
            while not loop.stopping():
                self._write_down(self._count(channel))
                loop.report_well()
                # Far shorter than a heartbeat, which is answered with the next count.
                loop.pause(_COUNTS_EVERY_S)

    def _count(self, channel: BlockingChannel) -> int:
        # Passive: a queue that is missing is not made, but told by the loop.
        declared = channel.queue_declare(self._queue, passive=True)
        messages: int = declared.method.message_count
        return messages

    def _write_down(self, messages: int) -> None:
        with self._database.statement() as connection:
            connection.execute(
                _WRITE_DOWN, {"queue": self._queue, "messages": messages}
            )
        PARKED.labels(self._queue).set(messages)
