"""Ids made out of Idempotency-Keys, so that a repeat finds what it began."""

from __future__ import annotations

import uuid

from flask import request

from service_common.access import caller


def id_of_key(names: uuid.UUID) -> str | None:
    """One key of one caller is one thing, also when its answer was a 202 or was lost.

    `names` tells one kind of thing from another. None when there is no key.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return str(uuid.uuid5(names, f"{caller().user_id}/{key}"))
