"""Filling the variables into kong.yml, by the same rules as `render.sh`."""

import re
from collections.abc import Mapping

from gateway_config.errors import GatewayConfigError

_PLACEHOLDER = re.compile(r"\$\{(?:([0-9]+) \* )?([A-Z][A-Z0-9_]*)\}")
# Values stand between quotes in the template: these would end them, or mean more there.
_UNFIT = re.compile(r'["\\\x00-\x1f\x7f]')
_FACTOR = re.compile(r"[1-9][0-9]*")


def substitute(template: str, values: Mapping[str, str]) -> str:
    """Fill in the variables; everything that is wrong with them is named at once."""
    problems: dict[str, str] = {}

    def fill(match: re.Match[str]) -> str:
        factor, name = match.groups()
        value = values.get(name, "")
        if problem := _problem(value, is_factor=factor is not None):
            problems.setdefault(name, f"{name} {problem}")
            return ""
        return str(int(factor) * int(value)) if factor else value

    filled = _PLACEHOLDER.sub(fill, template)
    for number, line in enumerate(template.splitlines(), start=1):
        if "${" in _PLACEHOLDER.sub("", line):
            where = f"line {number}"
            problems[where] = f"{where} has a placeholder that cannot be read"
    if problems:
        raise GatewayConfigError("; ".join(problems.values()))
    return filled


def _problem(value: str, *, is_factor: bool) -> str | None:
    if not value:
        return "is missing"
    if _UNFIT.search(value):
        return "has a quote, a backslash or a control character"
    if is_factor and not _FACTOR.fullmatch(value):
        return "is not a whole number above zero"
    return None
