"""All SQL about judged cases: pairings that a side has answered, demand by demand."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import load_only

from services.matching.judged_cases.models import Answered
from services.matching.judged_cases.schemas import JudgedCaseFilter
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.repository import kept_by, proposed_within
from services.matching.ratings.models import Rating
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page

_COLUMNS = (
    Pairing.id.label("pairing_id"), Pairing.demand_id, Pairing.supply_id, Pairing.organization_id, Pairing.status,
    Pairing.demand_answer, Pairing.supply_answer, Pairing.ended_by, Pairing.reason,
    Pairing.created_at.label("proposed_at"), Pairing.judged_on,
)  # fmt: skip


class JudgedCaseRepository:
    """Answered pairings of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list_demands(self, wanted: JudgedCaseFilter, *, visible_to: Principal, page: PageRequest) -> Slice[UUID]:
        """Return a page of the demands of which a pairing was answered, by id."""
        query = select(Pairing).options(load_only(Pairing.demand_id)).where(*_choose(wanted, visible_to))
        query = query.ext(distinct_on(Pairing.demand_id))
        found = await read_page(self._session, query, order=[Sort(column=Pairing.demand_id)], page=page)
        return Slice([one.demand_id for one in found.items], found.next_cursor, found.total)

    async def list_answered(
        self, wanted: JudgedCaseFilter, demand_ids: Collection[UUID], *, visible_to: Principal
    ) -> dict[UUID, list[Answered]]:
        """Return the answered pairings of some demands with their stars, by demand and then as they were proposed."""
        query = select(*_COLUMNS).where(*_choose(wanted, visible_to), Pairing.demand_id.in_(demand_ids))
        rows = (await self._session.execute(query.order_by(Pairing.demand_id, Pairing.id))).mappings().all()
        stars = await self._list_stars([row["pairing_id"] for row in rows])
        found: dict[UUID, list[Answered]] = defaultdict(list)
        for row in rows:
            known: dict[str, Any] = {str(name): value for name, value in row.items()}
            found[row["demand_id"]].append(Answered(**known, stars=stars[row["pairing_id"]]))
        return found

    async def _list_stars(self, pairing_ids: Collection[UUID]) -> dict[UUID, dict[Side, int]]:
        query = select(Rating.pairing_id, Rating.side, Rating.stars).where(Rating.pairing_id.in_(pairing_ids))
        stars: dict[UUID, dict[Side, int]] = defaultdict(dict)
        for row in (await self._session.execute(query)).all():
            stars[row.pairing_id][row.side] = row.stars
        return stars


def _choose(wanted: JudgedCaseFilter, by: Principal) -> list[ColumnElement[bool]]:
    # What was proposed before the records were kept cannot be judged again.
    answered = or_(Pairing.demand_answer.is_not(None), Pairing.supply_answer.is_not(None))
    chosen = [kept_by(by), answered, Pairing.judged_on.is_not(None)]
    return [*chosen, *proposed_within(wanted.proposed_from, wanted.proposed_until)]
