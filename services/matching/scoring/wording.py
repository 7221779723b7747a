"""What a text asks for or offers: its title and description without the clauses that say the opposite.

A demand's clause such as "销路不愁" names what is *not* missing, a supply's "不办登记" what is *not* offered; left in,
they attract exactly the wrong partner. A villager first tells the misery and then the wish ("想有人来教"): the wish is
the need, so it is read twice. Only general expressions stand in ``wording.json``.
"""

import json
import re
from functools import cache
from importlib.resources import files

from services.matching.scoring.facts import DemandFacts, SupplyFacts

_SENTENCE = re.compile(r"(?<=[。;;!?!?])")
_DEMAND_CLAUSE = re.compile(r"(?<=[,,。;;])")
_SUPPLY_CLAUSE = re.compile(r"(?<=[,,。;;、])")


def read_demand_text(demand: DemandFacts) -> str:
    """Return what the demand asks for, its wish at the end once more."""
    asked = _drop_clauses(f"{demand.title}。{demand.description}", _DEMAND_CLAUSE, "already_there")
    return asked + _find_wish(asked)


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


def _find_wish(text: str) -> str:
    """Return the sentences that wish for something, from the first such word on; all of a text without a wish."""
    wished = _compile("wished")
    found = "".join(sentence for sentence in _SENTENCE.split(text) if wished.search(sentence))
    first = wished.search(found)
    return found[first.start() :] if first else text


def _drop_clauses(text: str, clause: re.Pattern[str], kind: str) -> str:
    kept = "".join(part for part in clause.split(text) if not _compile(kind).search(part))
    # A text that consists of such clauses alone still says more than nothing.
    return kept or text
