"""What a text asks for or offers: its title and description without the clauses that say the opposite.

A demand's clause such as "销路不愁" names what is *not* missing, a supply's "不办登记" what is *not* offered; left in,
they attract exactly the wrong partner. A villager first tells the misery and then the wish ("想有人来教"): the wish is
the need, so it is read twice. The villager speaks dialect ("娃", "咋个"), the professional does not, and the encoder
hardly knows it: a demand is put into standard Chinese. Only general expressions stand in ``wording.json``.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from services.matching.scoring.facts import DemandFacts, SupplyFacts

_SENTENCE = re.compile(r"(?<=[。;;!?!?])")
_DEMAND_CLAUSE = re.compile(r"(?<=[,,。;;])")
_SUPPLY_CLAUSE = re.compile(r"(?<=[,,。;;、])")


def read_demand_text(demand: DemandFacts) -> str:
    """Return what the demand asks for in standard Chinese, its wish at the end once more."""
    asked = _drop_clauses(f"{demand.title}。{demand.description}", _DEMAND_CLAUSE, "already_there", unless=_wishes)
    return _speak_plainly(asked + _find_wish(asked))


def read_supply_text(supply: SupplyFacts) -> str:
    """Return what the supply offers."""
    return _drop_clauses(f"{supply.title}。{supply.description}", _SUPPLY_CLAUSE, "left_out")


@cache
def load_wording() -> str:
    """Return the expressions as JSON text, so that they can be hashed with the model."""
    return files("services.matching.scoring").joinpath("wording.json").read_text(encoding="utf-8")


@cache
def _compile(kind: str) -> re.Pattern[str]:
    # The longest first: "娃娃" is not two children.
    expressions = sorted(json.loads(load_wording())[kind], key=lambda expression: (-len(expression), expression))
    return re.compile("|".join(re.escape(expression) for expression in expressions))


@cache
def _load_spoken() -> dict[str, str]:
    spoken: dict[str, str] = json.loads(load_wording())["spoken"]
    return spoken


def _speak_plainly(text: str) -> str:
    return _compile("spoken").sub(lambda found: _load_spoken()[found.group()], text)


def _wishes(clause: str) -> bool:
    """Tell whether a clause wishes for something; "不想" (and 不盼, 不求) wishes for nothing."""
    return any(clause[: found.start()][-1:] != "不" for found in _compile("wished").finditer(clause))


def _find_wish(text: str) -> str:
    """Return the sentences that wish for something, from the first such word on; all of a text without a wish."""
    wished = _compile("wished")
    found = "".join(sentence for sentence in _SENTENCE.split(text) if wished.search(sentence))
    first = wished.search(found)
    return found[first.start() :] if first else text


def _drop_clauses(
    text: str, clause: re.Pattern[str], kind: str, *, unless: Callable[[str], bool] = lambda part: False
) -> str:
    kept = "".join(part for part in clause.split(text) if unless(part) or not _compile(kind).search(part))
    # A text that consists of such clauses alone still says more than nothing.
    return kept or text
