"""What an allocation means: whom it covers, on how few it rests, and what changed since the last run."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

LARGEST = 5
MOST_LISTED = 200
_VILLAGE_DIGITS = 12
Pair = tuple[str, str]


class Coverage(TypedDict):
    """Whom a run's pairs reach; a place is served if one of its demands has a pair of this run or one underway."""

    demands: int
    served_demands: int
    counties: int
    served_counties: int
    unserved_counties: list[str]
    villages: int
    served_villages: int
    unserved_villages: list[str]
    key_county_share: float
    organizations: int
    largest_organizations_share: float


class Churn(TypedDict):
    """Pairs of the last run that still stand or are chosen again, pairs that are new, and pairs that are gone."""

    previous_run_id: str | None
    kept: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class OpenDemand:
    """An open demand: where it is, and whether its county is a key county; ``served`` is true by earlier pairs."""

    demand_id: str
    division: str
    is_key: bool
    served: bool


def report_coverage(demands: Sequence[OpenDemand], chosen: Iterable[tuple[str, str]]) -> Coverage:
    """Report on chosen pairs, given as demand and organization."""
    pairs = sorted(chosen)
    reached = {demand for demand, _ in pairs}
    served = [one for one in demands if one.served or one.demand_id in reached]
    keys = {one.demand_id for one in demands if one.is_key}
    sizes = Counter(organization for _, organization in pairs)
    counties, served_counties = ({one.division[:6] for one in some} for some in (demands, served))
    villages, served_villages = (
        {one.division for one in some if len(one.division) == _VILLAGE_DIGITS and not one.division.endswith("000")}
        for some in (demands, served)
    )
    return {
        "demands": len(demands),
        "served_demands": len(served),
        "counties": len(counties),
        "served_counties": len(served_counties),
        "unserved_counties": sorted(counties - served_counties)[:MOST_LISTED],
        "villages": len(villages),
        "served_villages": len(served_villages),
        "unserved_villages": sorted(villages - served_villages)[:MOST_LISTED],
        "key_county_share": _share(sum(demand in keys for demand, _ in pairs), len(pairs)),
        "organizations": len(sizes),
        "largest_organizations_share": _share(sum(number for _, number in sizes.most_common(LARGEST)), len(pairs)),
    }


def report_churn(
    chosen: Collection[Pair], *, previous_run_id: str | None, last: Collection[Pair], standing: Collection[Pair]
) -> Churn:
    """Compare chosen pairs with those of the last run; ``standing`` are the ones of them that have not ended."""
    now, before = set(chosen), set(last)
    kept = before & (now | set(standing))
    return {
        "previous_run_id": previous_run_id,
        "kept": len(kept),
        "new": len(now - before),
        "gone": len(before - kept),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
