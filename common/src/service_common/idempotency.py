"""`Idempotency-Key` on POST: the first answer again, byte for byte, for 24 hours.

As in Stripe's API (https://docs.stripe.com/api/idempotent_requests): the key is
claimed before the work, the parameters are compared, the answer is kept unless it is
a 5xx or asks to come again (202, `Retry-After`). The work itself is safe to repeat;
the key spares the client from wondering.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from flask import Flask, Response, g, request
from sqlalchemy import text

from service_common.db import Database
from service_common.errors import AppError, Conflict, InvalidInput, Unprocessable

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEY_LENGTH_MAX = 255
_ACCEPTED = 202
_SERVER_ERROR = 500
_RETRY_AFTER_S = 1

# A claim outlives its request only when the process died: after a minute another may
# have it. The row of an unfinished request is its own lock.
_CLAIM = text(
    """
    INSERT INTO idempotency_keys AS k
        (caller, route, key, request_hash, claimed_until, expires_at)
    VALUES (:caller, :route, :key, :hash,
            now() + interval '60 seconds', now() + interval '24 hours')
    ON CONFLICT (caller, route, key) DO UPDATE
       SET request_hash = excluded.request_hash,
           claimed_until = excluded.claimed_until,
           expires_at = excluded.expires_at,
           status = NULL, body = NULL, content_type = NULL
     WHERE k.expires_at <= now()
        OR (k.status IS NULL AND k.claimed_until <= now()
            AND k.request_hash = excluded.request_hash)
    RETURNING claimed_until
    """
)
_READ = text(
    """
    SELECT request_hash, status, body, content_type FROM idempotency_keys
     WHERE caller = :caller AND route = :route AND key = :key
    """
)
_KEEP = text(
    """
    UPDATE idempotency_keys
       SET status = :status, body = :body, content_type = :content_type
     WHERE caller = :caller AND route = :route AND key = :key
       AND claimed_until = :claimed_until AND status IS NULL
    """
)
_FORGET = text(
    """
    DELETE FROM idempotency_keys
     WHERE caller = :caller AND route = :route AND key = :key
       AND claimed_until = :claimed_until AND status IS NULL
    """
)
_PURGE = text("DELETE FROM idempotency_keys WHERE expires_at <= now()")


@dataclass(frozen=True, slots=True)
class _Claim:
    """The key that this request works under."""

    key: dict[str, str]
    claimed_until: object


def install_idempotency(
    app: Flask, database: Database, *, secret_paths: Collection[str] = ()
) -> None:
    """Honour the header on every POST of a signed-in caller.

    Installed after the access check, whose caller the keys belong to. What the paths
    that begin with one of `secret_paths` answer is never stored.
    """
    secret = tuple(secret_paths)

    @app.before_request
    def claim() -> Response | None:
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None or "caller" not in g:
            return None
        if request.path.startswith(secret):
            return None
        if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
            raise InvalidInput(
                f"{HEADER} has to be 1 to {KEY_LENGTH_MAX} printable characters.",
                details={"fields": {HEADER: ["Not a valid key."]}},
            )
        return _claim_or_replay(database, key)

    @app.after_request
    def keep(response: Response) -> Response:
        held: _Claim | None = g.get("idempotency")
        if held is None:
            return response
        try:
            _keep_or_forget(database, held, response)
        except AppError as error:
            # The work is done; its answer is worth more than the record of it.
            log.warning("idempotency_answer_not_kept", code=error.code)
        return response


def purge_expired_keys(database: Database) -> int:
    """Delete the keys whose 24 hours are over; returns how many."""
    with database.statement() as connection:
        return connection.execute(_PURGE).rowcount


def _keep_or_forget(database: Database, held: _Claim, response: Response) -> None:
    claim = {**held.key, "claimed_until": held.claimed_until}
    final = (
        response.status_code < _SERVER_ERROR
        and response.status_code != _ACCEPTED
        and "Retry-After" not in response.headers
    )
    with database.statement() as connection:
        if not final:
            connection.execute(_FORGET, claim)
            return
        answer = {
            "status": response.status_code,
            "body": response.get_data(),
            "content_type": response.content_type,
        }
        connection.execute(_KEEP, {**claim, **answer})


def _claim_or_replay(database: Database, key: str) -> Response | None:
    scope = {"caller": str(g.caller.user_id), "route": request.path, "key": key}
    digest = hashlib.sha256(request.query_string + b"\0" + request.get_data()).digest()
    with database.statement() as connection:
        claimed = connection.execute(_CLAIM, {**scope, "hash": digest}).first()
        if claimed is not None:
            g.idempotency = _Claim(scope, claimed.claimed_until)
            return None
        kept = connection.execute(_READ, scope).first()
    if kept is not None and bytes(kept.request_hash) != digest:
        raise Unprocessable(
            "The key was used with another request.", code="IDEMPOTENCY_KEY_REUSED"
        )
    if kept is None or kept.status is None:
        raise Conflict(
            "The first request with this key is still running.",
            code="REQUEST_IN_PROGRESS",
            retry_after_s=_RETRY_AFTER_S,
        )
    response = Response(
        bytes(kept.body), status=kept.status, content_type=kept.content_type
    )
    response.headers[REPLAYED_HEADER] = "true"
    return response
