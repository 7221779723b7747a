"""All SQL about the funnel: pairings of the caller's, and when each came to which step."""

from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Subquery, any_, extract, false, func, literal, select
from sqlalchemy import String as Text

from services.matching.funnel.schemas import FunnelFilter, FunnelGroup
from services.matching.pairings.models import Pairing, PairingEvent
from services.matching.pairings.repository import kept_by, proposed_within
from shared.auth.principals import Principal
from shared.china.divisions import scope_prefix
from shared.contracts.codes import PairingStatus
from shared.db import Session

LATER = ("in_talks", "confirmed", "started", "completed")
STEPS = ("proposed", "pushed", *LATER)
MOST_GROUPS = 500
DAY = 86_400
Counted = dict[str, Any]
"""A row of what was counted, by name."""


class FunnelRepository:
    """The funnel of one session; government purchases have none, for they never become a pairing that starts here."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def count_steps(
        self, wanted: FunnelFilter, *, visible_to: Principal, group_by: FunnelGroup | None = None
    ) -> list[Counted]:
        """Return for each group its counts and medians, the best success rate first; one row without groups."""
        chosen = _choose(wanted, visible_to, group_by).subquery()
        at = {"proposed": chosen.c.created_at, "pushed": chosen.c.opened_at}
        reached = _reach(chosen)
        at |= {step: reached.c[step] for step in LATER}
        counts = [func.count(at[step]).label(step) for step in STEPS]
        medians = [_median(at[before], at[step]).label(f"days_{step}") for before, step in pairwise(STEPS)]
        query: Any = select(*counts, *medians).select_from(
            chosen.outerjoin(reached, reached.c.pairing_id == chosen.c.id)
        )
        if group_by is not None:
            rate = func.count(at["started"]) * 1.0 / func.nullif(func.count(at["pushed"]), 0)
            order = (rate.desc().nulls_last(), func.count(at["pushed"]).desc(), chosen.c.key)
            name = func.max(chosen.c.organization_name).label("name")
            query = query.add_columns(chosen.c.key, name).where(chosen.c.key.is_not(None)).group_by(chosen.c.key)
            query = query.order_by(*order).limit(MOST_GROUPS)
        return await self._list(query)

    async def count_endings(
        self, wanted: FunnelFilter, *, visible_to: Principal, group_by: FunnelGroup | None = None
    ) -> list[Counted]:
        """Count by group, state, side and reason what was declined or fell through, the most frequent first."""
        chosen = _choose(wanted, visible_to, group_by).subquery()
        parts = (chosen.c.status, chosen.c.ended_by, chosen.c.reason)
        ended = chosen.c.status.in_((PairingStatus.DECLINED, PairingStatus.FELL_THROUGH))
        key = () if group_by is None else (chosen.c.key,)
        number = func.count().label("number")
        query: Any = select(*key, *parts, number).where(ended).group_by(*key, *parts)
        return await self._list(query.order_by(number.desc(), *parts))

    async def _list(self, query: Any) -> list[Counted]:
        rows = (await self._session.execute(query)).mappings()
        return [{str(name): value for name, value in row.items()} for row in rows]


def _choose(wanted: FunnelFilter, by: Principal, group_by: FunnelGroup | None) -> Any:
    key = _key_of(group_by)
    known = (
        Pairing.id, Pairing.created_at, Pairing.opened_at, Pairing.status, Pairing.ended_by, Pairing.reason,
        Pairing.organization_name,
    )  # fmt: skip
    query: Any = select(*known) if key is None else select(*known, key.label("key"))
    query = query.where(kept_by(by), Pairing.is_government_purchase == false())
    if wanted.division is not None:
        query = query.where(Pairing.demand_division.startswith(scope_prefix(wanted.division), autoescape=True))
    if wanted.field is not None:
        query = query.where(literal(wanted.field.value) == any_(Pairing.demand_fields))
    if wanted.organization_id is not None:
        query = query.where(Pairing.organization_id == wanted.organization_id)
    if wanted.policy_version is not None:
        query = query.where(Pairing.policy_version == wanted.policy_version)
    return query.where(*proposed_within(wanted.proposed_from, wanted.proposed_until))


def _key_of(group_by: FunnelGroup | None) -> Any:
    if group_by is None:
        return None
    keys: dict[FunnelGroup, Any] = {
        FunnelGroup.PREFECTURE: func.rpad(func.left(Pairing.demand_division, 4), 12, "0"),
        FunnelGroup.COUNTY: func.rpad(func.left(Pairing.demand_division, 6), 12, "0"),
        # A pairing whose demand has several fields counts in each of them.
        FunnelGroup.FIELD: func.unnest(Pairing.demand_fields),
        FunnelGroup.ORGANIZATION: Pairing.organization_id.cast(Text),
        FunnelGroup.POLICY_VERSION: Pairing.policy_version,
    }
    return keys[group_by]


def _reach(chosen: Subquery) -> Subquery:
    """Return when each pairing came to the steps after the push, as its history tells."""
    first = [func.min(PairingEvent.at).filter(PairingEvent.happened == step).label(step) for step in LATER]
    query = select(PairingEvent.pairing_id, *first).where(
        PairingEvent.happened.in_(LATER), PairingEvent.pairing_id.in_(select(chosen.c.id))
    )
    return query.group_by(PairingEvent.pairing_id).subquery()


def _median(before: ColumnElement[Any], after: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(0.5).within_group(extract("epoch", after - before) / DAY)
