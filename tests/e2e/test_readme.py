"""What the README offers for copying, copied and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from support.smu import SmuStandin

README = Path(__file__).parents[2] / "README.md"
RUN_WITHIN_S = 60


def test_three_scenarios_of_the_readme_end_as_it_says(
    base_url: str, smu: SmuStandin
) -> None:
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL
    )
    script = "set -eu -o pipefail\n" + "echo;\n".join(blocks)

    ran = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "API": base_url, "SMS": smu.url},
        capture_output=True,
        text=True,
        timeout=RUN_WITHIN_S,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    promised = re.findall(r"(?m)  # ([A-Z_]+)$", script)
    assert len(promised) == 5
    assert _results(ran.stdout) == promised, ran.stdout


def _results(printed: str) -> list[str]:
    """What the JSON documents, one after the other, say of themselves."""
    decoder, found, rest = json.JSONDecoder(), [], printed.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document.get("status") or document.get("result"))
        rest = rest[end:].strip()
    return found
