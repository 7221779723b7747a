"""What a text asks for or offers: its title and description without the clauses that say the opposite.

A demand's clause such as "销路不愁" names what is *not* missing, a supply's "不办登记" what is *not* offered; left in,
they attract exactly the wrong partner. Only general expressions stand in ``wording.json``.
"""

import json
import re
from functools import cache
from importlib.resources import files

from services.matching.scoring.facts import DemandFacts, SupplyFacts

_DEMAND_CLAUSE = re.compile(r"(?<=[,,。;;])")
_SUPPLY_CLAUSE = re.compile(r"(?<=[,,。;;、])")


def read_demand_text(demand: DemandFacts) -> str:
    """Return what the demand asks for."""
    return _drop_clauses(f"{demand.title}。{demand.description}", _DEMAND_CLAUSE, "already_there")


def read_supply_text(supply: SupplyFacts) -> str:
    """Return what the supply offers."""
    return _drop_clauses(f"{supply.title}。{supply.description}", _SUPPLY_CLAUSE, "left_out")


@cache
def load_wording() -> str:
    """Return the expressions as JSON text, so that they can be hashed with the model."""
    return files("services.matching.scoring").joinpath("wording.json").read_text(encoding="utf-8")


@cache
def _compile(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(expression) for expression in json.loads(load_wording())[kind]))


def _drop_clauses(text: str, clause: re.Pattern[str], kind: str) -> str:
    kept = "".join(part for part in clause.split(text) if not _compile(kind).search(part))
    # A text that consists of such clauses alone still says more than nothing.
    return kept or text
