"""What the dictionaries say: which group contains which, who is in difficulty, and which fields a text names."""

from functools import cache

from shared.contracts.dictionaries import codes_by_alias, codes_by_label, dictionaries


def widen_groups(groups: frozenset[str]) -> frozenset[str]:
    """Add to a set of groups every wider group that contains one of them (留守老人 → 老年人)."""
    return frozenset(wider for group in groups for wider in _list_wider(group))


@cache
def list_groups_in_difficulty() -> frozenset[str]:
    """Return the codes of the groups of people in difficulty (困难群众)."""
    return frozenset(item.code for item in dictionaries()["beneficiary_group"].items if item.difficulty)


def find_named_fields(text: str | None) -> frozenset[str] | None:
    """
    Return the fields that a text names by the dictionary's own words, or None where it names none.

    A charter's scope (业务范围) in free words proves nothing about fields: unknown is not outside.
    """
    named = {**codes_by_label("field"), **codes_by_alias("field")}
    return frozenset(code for word, code in named.items() if word in (text or "")) or None


@cache
def _list_wider(group: str) -> tuple[str, ...]:
    parents = {item.code: item.parent for item in dictionaries()["beneficiary_group"].items}
    chain = [group]
    while parent := parents.get(chain[-1]):
        chain.append(parent)
    return tuple(chain)
