"""All SQL about reviews."""

from uuid import UUID

from sqlalchemy import and_, or_, select

from services.projects.demands.models import Demand
from services.projects.demands.repository import kept_by as demand_kept_by
from services.projects.reviews.models import Review, SubjectKind
from services.projects.supplies.models import Supply
from services.projects.supplies.repository import seen_whole_by as supply_seen_whole_by
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class ReviewRepository:
    """Reviews of one session; who sees all of a demand or supply sees its reviews."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, review: Review) -> Review:
        """Store a review."""
        self._session.add(review)
        await self._session.flush()
        return review

    async def list_page(self, *, visible_to: Principal, subject_id: UUID | None, page: PageRequest) -> Slice[Review]:
        """Return a page of reviews, newest first."""
        demands = select(Demand.id).where(demand_kept_by(visible_to))
        supplies = select(Supply.id).where(supply_seen_whole_by(visible_to))
        query = select(Review).where(
            or_(
                and_(Review.subject_kind == SubjectKind.DEMAND, Review.subject_id.in_(demands)),
                and_(Review.subject_kind == SubjectKind.SUPPLY, Review.subject_id.in_(supplies)),
            )
        )
        if subject_id:
            query = query.where(Review.subject_id == subject_id)
        return await read_page(self._session, query, order=[Sort(column=Review.id, descending=True)], page=page)
