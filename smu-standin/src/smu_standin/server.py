"""The HTTP face: two calls of the SMU API, and an inbox to look into."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from smu_standin.faults import CALLS, Fault, Faults
from smu_standin.inbox import Inbox, Message, Verdict

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>SMS inbox</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem }
td, th { text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top }
time { white-space: nowrap; color: #666 }
</style>
<h1>SMS inbox</h1>
<p>Stand-in for the SMU Notification API. Nothing of this was sent to a phone.</p>
<form><label>Phone <input name="phone_number" value="{{ phone or '' }}"></label></form>
<table>
<tr><th>Sent</th><th>To</th><th>Text</th></tr>
{% for message in messages %}
<tr><td><time>{{ message.sent_at }}</time></td><td>{{ message.phone_number }}</td>
<td>{{ message.message }}</td></tr>
{% else %}
<tr><td colspan="3">No messages.</td></tr>
{% endfor %}
</table>
</html>
"""


class Malformed(Exception):
    """The body is not what the call takes."""


def create_app(api_key: str = "") -> Flask:
    """The application; without a key everybody may call it."""
    app = Flask("smu-standin", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    inbox, faults = Inbox(), Faults()
    _install_errors(app)
    _install_key_check(app, api_key)
    _install_api(app, inbox, faults)
    _install_inbox(app, inbox)
    _install_control(app, faults)
    return app


def _install_key_check(app: Flask, api_key: str) -> None:
    @app.before_request
    def check_key() -> ResponseReturnValue | None:
        offered = request.headers.get("X-API-Key", "").encode()
        if request.path.strip("/") not in CALLS or not api_key:
            return None
        if hmac.compare_digest(offered, api_key.encode()):
            return None
        return _refusal(401, "unauthorized")


def _install_api(app: Flask, inbox: Inbox, faults: Faults) -> None:
    @app.post("/sendOTP")
    def send_otp() -> ResponseReturnValue:
        phone_number, message = _texts("phone_number", "message")
        fault = faults.meet("sendOTP")
        if fault in (Fault.TIMEOUT, Fault.ERROR):
            return _misbehave(faults, "sendOTP", fault)
        sent = inbox.send(phone_number, message)
        if fault is Fault.LOST:
            return _misbehave(faults, "sendOTP", fault)
        return jsonify(success=True, message_id=sent.message_id)

    @app.post("/verifyOTP")
    def verify_otp() -> ResponseReturnValue:
        phone_number, otp_code = _texts("phone_number", "otp_code")
        fault = faults.meet("verifyOTP")
        if fault in (Fault.TIMEOUT, Fault.ERROR):
            return _misbehave(faults, "verifyOTP", fault)
        verdict = inbox.verify(phone_number, otp_code)
        if fault is Fault.LOST:
            return _misbehave(faults, "verifyOTP", fault)
        if verdict is Verdict.RIGHT:
            return jsonify(success=True)
        return _refusal(400, verdict)


def _install_inbox(app: Flask, inbox: Inbox) -> None:
    @app.get("/messages")
    def list_messages() -> ResponseReturnValue:
        phone = request.args.get("phone_number")
        messages = [_to_json(message) for message in inbox.messages(phone)]
        accepted = request.accept_mimetypes.best_match(
            ["application/json", "text/html"], default="application/json"
        )
        if accepted == "text/html":
            return render_template_string(_PAGE, messages=messages, phone=phone)
        return jsonify(messages=messages)

    @app.delete("/messages")
    def clear_messages() -> ResponseReturnValue:
        inbox.clear()
        return "", 204


def _install_control(app: Flask, faults: Faults) -> None:
    @app.post("/_faults")
    def switch_faults() -> ResponseReturnValue:
        body = _json_object()
        try:
            wanted = {
                call: None if fault is None else Fault(fault)
                for call, fault in body.items()
            }
        except ValueError:
            raise Malformed(f"a fault is one of {', '.join(Fault)}, or null") from None
        if not set(wanted) <= set(CALLS):
            raise Malformed(f"a call is one of {', '.join(CALLS)}")
        return jsonify(faults.switch(wanted))

    @app.get("/_calls")
    def count_calls() -> ResponseReturnValue:
        return jsonify(faults.counts())

    @app.get("/health/live")
    @app.get("/health/ready")
    def health() -> Response:
        return jsonify(status="ok")


def _install_errors(app: Flask) -> None:
    @app.errorhandler(Malformed)
    def malformed(error: Malformed) -> ResponseReturnValue:
        return _refusal(422, str(error))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        return _refusal(error.code or 500, error.name)


def _misbehave(faults: Faults, call: str, fault: Fault) -> ResponseReturnValue:
    if fault is not Fault.ERROR:
        faults.hang(call)
    return _refusal(500, "switched to fail")


def _refusal(status: int, reason: str) -> ResponseReturnValue:
    return jsonify(success=False, error=reason), status


def _json_object() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Malformed("the body is not a JSON object")
    return body


def _texts(*names: str) -> list[str]:
    body = _json_object()
    values = [body.get(name) for name in names]
    texts = [value for value in values if isinstance(value, str) and value]
    if len(texts) != len(names):
        raise Malformed(f"{' and '.join(names)} have to be texts")
    return texts


def _to_json(message: Message) -> dict[str, str]:
    sent_at = datetime.fromtimestamp(message.sent_at, UTC)
    return {
        "message_id": message.message_id,
        "phone_number": message.phone_number,
        "message": message.text,
        "otp_code": message.otp_code,
        "sent_at": sent_at.isoformat().replace("+00:00", "Z"),
    }
