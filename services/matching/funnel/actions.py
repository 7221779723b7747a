"""Read the funnel of what the caller sees, in all and by group."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.matching.funnel.errors import RankingForOfficials
from services.matching.funnel.repository import STEPS, FunnelRepository
from services.matching.funnel.schemas import (
    DeclineCount,
    FallThroughCount,
    Funnel,
    FunnelCounts,
    FunnelFilter,
    FunnelGroup,
    FunnelMedians,
    FunnelRead,
    GroupFunnel,
)
from shared.auth.principals import Principal
from shared.contracts.codes import PairingStatus
from shared.db import Session

RANKINGS = frozenset({FunnelGroup.PREFECTURE, FunnelGroup.COUNTY, FunnelGroup.ORGANIZATION})


async def read_funnel(session: Session, *, wanted: FunnelFilter, by: Principal) -> FunnelRead:
    """
    Count the pairings of the caller's side by the steps they came to.

    :raises RankingForOfficials: if somebody else than an official wants places or organizations compared
    """
    if wanted.group_by in RANKINGS and not by.sees_official_fields:
        raise RankingForOfficials(pointer="query/group_by")
    repository = FunnelRepository(session)
    [counted] = await repository.count_steps(wanted, visible_to=by)
    endings = await repository.count_endings(wanted, visible_to=by)
    total = Funnel(**_tell(counted, endings))
    if wanted.group_by is None:
        return FunnelRead(total=total, groups=[])
    groups = await repository.count_steps(wanted, visible_to=by, group_by=wanted.group_by)
    endings = await repository.count_endings(wanted, visible_to=by, group_by=wanted.group_by)
    return FunnelRead(
        total=total,
        groups=[
            GroupFunnel(
                key=one["key"],
                name=one["name"] if wanted.group_by is FunnelGroup.ORGANIZATION else None,
                **_tell(one, [ending for ending in endings if ending["key"] == one["key"]]),
            )
            for one in groups
        ],
    )


def _tell(row: Mapping[str, Any], endings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    counts = FunnelCounts(**{step: row[step] for step in STEPS})
    days = {step: row[f"days_{step}"] for step in STEPS[1:]}
    ended = {
        status: [{"side": one["ended_by"], "reason": one["reason"], "count": one["number"]} for one in endings
                 if one["status"] is status]
        for status in (PairingStatus.DECLINED, PairingStatus.FELL_THROUGH)
    }  # fmt: skip
    return {
        "counts": counts,
        "success_rate": round(counts.started / counts.pushed, 4) if counts.pushed else None,
        "median_days": FunnelMedians(
            **{step: None if value is None else round(float(value), 2) + 0.0 for step, value in days.items()}
        ),
        "declines": [DeclineCount(**one) for one in ended[PairingStatus.DECLINED]],
        "fell_through": [FallThroughCount(**one) for one in ended[PairingStatus.FELL_THROUGH]],
    }
