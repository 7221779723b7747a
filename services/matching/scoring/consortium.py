"""A consortium (多对一): complementary offers that together cover what a demand needs.

A need is a form of help or a field of the demand. Greedy set cover: the offer that covers most of what is open comes
next, between equals the better one; at last whoever became superfluous leaves, the weakest first. So everything that
any offer covers is covered, and without any one member something would be open.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

Need = tuple[str, str]
"""What is needed: ``help_form`` or ``field``, and its code."""


@dataclass(frozen=True, slots=True)
class Cover:
    """An offer with the needs that it covers; a higher score is better, the name decides between equals."""

    name: str
    needs: frozenset[Need]
    score: float


def list_needs(*, help_forms: Collection[str], fields: Collection[str]) -> frozenset[Need]:
    """Return forms of help and fields as needs."""
    return frozenset({*(("help_form", code) for code in help_forms), *(("field", code) for code in fields)})


def choose_consortium(needs: frozenset[Need], offers: Iterable[Cover]) -> list[Cover]:
    """Return the offers that cover together all that can be covered, in the order in which they were chosen."""
    waiting = sorted(offers, key=_from_best)
    chosen: list[Cover] = []
    still_open = needs
    while best := max(waiting, key=lambda one: len(one.needs & still_open), default=None):
        if not best.needs & still_open:
            break
        chosen.append(best)
        still_open -= best.needs
    for one in sorted(chosen, key=_from_best, reverse=True):
        others = frozenset[Need]().union(*(other.needs for other in chosen if other is not one))
        if not (one.needs & needs) - others:
            chosen.remove(one)
    return chosen


def _from_best(one: Cover) -> tuple[float, str]:
    return -one.score, one.name
