"""Errors that the gateway makes itself, in the envelope of all errors.

The twin of the functions `error-envelope-*` of kong.yml: same codes, same sentences.
"""

from gateway_config.envoy.typed import Json, typed
from gateway_config.reader import REQUEST_ID_HEADER

_EXPIRED = (
    "TOKEN_EXPIRED",
    "The access token has expired.",
)
_BY_STATUS = {
    400: ("MALFORMED_REQUEST", "The request could not be read."),
    401: ("UNAUTHORIZED", "A valid access token is needed."),
    403: ("FORBIDDEN", "This is not allowed."),
    404: ("NOT_FOUND", "There is nothing under this address."),
    405: ("METHOD_NOT_ALLOWED", "The method is not allowed for this address."),
    413: ("PAYLOAD_TOO_LARGE", "The request is too large."),
    429: ("RATE_LIMITED", "Too many requests; try again later."),
    500: ("INTERNAL_ERROR", "Something went wrong on our side."),
}
_ID_OF_THE_REQUEST = f"%REQ({REQUEST_ID_HEADER})%"
_OTHERWISE_BELOW_500 = ("MALFORMED_REQUEST", "The request was refused.")
_OTHERWISE = ("SERVICE_UNAVAILABLE", "The service does not answer; try again.")


def local_replies() -> Json:
    """What Envoy answers in the place of a service; the first match counts."""
    mappers = [_for_no_request(_status("EQ", 400), *_BY_STATUS[400])]
    mappers.append(_for_no_request(_status("LE", 499), *_OTHERWISE_BELOW_500))
    mappers.append(_mapper(_token_expired(), *_EXPIRED))
    mappers += [_mapper(_status("EQ", s), *reply) for s, reply in _BY_STATUS.items()]
    mappers.append(_mapper(_status("LE", 499), *_OTHERWISE_BELOW_500))
    come_back = {"header": {"key": "Retry-After", "value": "1"}}
    mappers.append(
        {**_mapper(_status("GE", 501), *_OTHERWISE), "headers_to_add": [come_back]}
    )
    return {"mappers": mappers}


def _mapper(
    condition: Json, code: str, message: str, request_id: str = _ID_OF_THE_REQUEST
) -> Json:
    envelope = {
        "code": code,
        "message": message,
        "details": {},
        "request_id": request_id,
    }
    return {
        "filter": condition,
        "body_format_override": {"json_format": {"error": envelope}},
    }


def _for_no_request(condition: Json, code: str, message: str) -> Json:
    """What could not be read as a request has no id; it gets one for its answer.

    The header is set before the body is written, so both say the same.
    """
    without_id = {
        "header_filter": {
            "header": {
                "name": REQUEST_ID_HEADER,
                "present_match": True,
                "invert_match": True,
            }
        }
    }
    both = {"and_filter": {"filters": [without_id, condition]}}
    new_id = {"header": {"key": REQUEST_ID_HEADER, "value": "%UNIQUE_ID%"}}
    return {
        **_mapper(both, code, message, f"%RESP({REQUEST_ID_HEADER})%"),
        "headers_to_add": [new_id],
    }


def _status(operator: str, status: int) -> Json:
    # The runtime key is required by Envoy; nobody sets it.
    value = {"default_value": status, "runtime_key": "unused"}
    return {"status_code_filter": {"comparison": {"op": operator, "value": value}}}


def _token_expired() -> Json:
    """jwt_authn's 401 tells the reason in the details of the response only."""
    expression = "response.code_details.contains('Jwt_is_expired')"
    return {
        "extension_filter": {
            "name": "token-expired",
            "typed_config": typed(
                "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                expression=expression,
            ),
        }
    }
