"""What the dictionaries say about beneficiary groups: which code contains which."""

from functools import cache, lru_cache

from shared.contracts.dictionaries import dictionaries


@lru_cache(maxsize=10_000)
def widen_groups(groups: frozenset[str]) -> frozenset[str]:
    """Add to a set of groups every wider group that contains one of them (留守老人 → 老年人)."""
    return frozenset(wider for group in groups for wider in _list_wider(group))


@cache
def _list_wider(group: str) -> tuple[str, ...]:
    parents = {item.code: item.parent for item in dictionaries()["beneficiary_group"].items}
    chain = [group]
    while parent := parents.get(chain[-1]):
        chain.append(parent)
    return tuple(chain)
