"""Faults that somebody could make, and which a test must catch: `make mutants`."""

from mutants.codes import CODES
from mutants.credits import CREDITS
from mutants.edge import EDGE
from mutants.gate import GATE
from mutants.mutant import Edit, Mutant, Stale
from mutants.people import PEOPLE
from mutants.sagas import SAGAS
from mutants.seats import SEATS
from mutants.transfers import TRANSFERS

MUTANTS: tuple[Mutant, ...] = (
    *SEATS,
    *CREDITS,
    *CODES,
    *PEOPLE,
    *SAGAS,
    *GATE,
    *EDGE,
    *TRANSFERS,
)

__all__ = ["MUTANTS", "Edit", "Mutant", "Stale"]
