"""Somebody who buys seat after seat while things break."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from support.shop import EventOnSale, Shop
from ticket_demo.api import NoAnswer

_PAUSE_S = 0.2


class Buyer:
    """Tries for ever; remembers what he was told is his."""

    def __init__(self, shop: Shop, token: str, event: EventOnSale) -> None:
        self._shop = shop
        self._token = token
        self._seats = iter(event.seat_ids)
        self._stop = threading.Event()
        self.confirmed: list[str] = []
        self.failures: list[str] = []

    def run(self) -> None:
        """One seat after the other, until told to stop or nothing is left."""
        for seat_id in self._seats:
            try:
                self._buy(seat_id)
            except NoAnswer as silence:
                self.failures.append(str(silence))
            if self._stop.wait(_PAUSE_S):
                return

    def stop(self) -> None:
        """After the purchase that is under way."""
        self._stop.set()

    def _buy(self, seat_id: str) -> None:
        held = self._shop.reserve(self._token, seat_id)
        if held.status != 200:
            self.failures.append(f"{held.status} {held.code}")
            return
        paid = self._shop.pay(self._token, held.body["order_id"])
        if paid.status == 200:
            self.confirmed.append(held.body["order_id"])
        else:
            self.failures.append(f"{paid.status} {paid.code}")


@contextmanager
def buying(shop: Shop, token: str, event: EventOnSale) -> Iterator[Buyer]:
    """Somebody buys until the block ends."""
    buyer = Buyer(shop, token, event)
    thread = threading.Thread(target=buyer.run)
    thread.start()
    try:
        yield buyer
    finally:
        buyer.stop()
        thread.join()
