"""Fixtures that every kind of test may ask for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Tests that start Python processes of their own use the interpreter of this run.
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
