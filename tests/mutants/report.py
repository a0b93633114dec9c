"""What the run found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mutants.run import Verdict


def write_reports(folder: Path, verdicts: Sequence[Verdict], total_s: float) -> str:
    """`mutants.txt` and `mutants.json`; the text is returned as well."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _text(verdicts, total_s)
    (folder / "mutants.txt").write_text(text, encoding="utf-8")
    rows = [
        {
            "name": verdict.mutant.name,
            "reason": verdict.mutant.reason,
            "files": sorted({edit.file for edit in verdict.mutant.edits}),
            "caught_by": verdict.caught_by,
            "seconds": round(verdict.seconds, 1),
        }
        for verdict in verdicts
    ]
    document = {"seconds": round(total_s, 1), "mutants": rows}
    (folder / "mutants.json").write_text(json.dumps(document, indent=1) + "\n")
    return text


def line_of(verdict: Verdict) -> str:
    """One mutant on one line."""
    fate = verdict.caught_by or "SURVIVED"
    return f"{verdict.mutant.name:30} {verdict.seconds:5.1f} s  {fate}"


def _text(verdicts: Sequence[Verdict], total_s: float) -> str:
    survivors = [one for one in verdicts if one.caught_by is None]
    lines = [line_of(verdict) for verdict in verdicts]
    lines += ["", f"{len(verdicts)} mutants in {total_s / 60:.1f} minutes"]
    lines += [f"SURVIVED {one.mutant.name}: {one.mutant.reason}" for one in survivors]
    if not survivors:
        lines.append("each was caught")
    return "\n".join(lines) + "\n"
