"""What one can do with reviews: decide about a submitted demand or supply, or comment on a supply."""

from datetime import datetime

from services.projects.demands.actions import announce_demand
from services.projects.demands.models import Demand, DemandAction
from services.projects.demands.repository import DemandRepository
from services.projects.reviews.errors import CommentsOnly, NotReviewedByThisRole, ReviewerIsEditor, ReviewerIsSubmitter
from services.projects.reviews.models import Decision, Review, SubjectKind
from services.projects.reviews.repository import ReviewRepository
from services.projects.reviews.schemas import ReviewCreate
from services.projects.supplies.actions import announce_supply, take_supply
from services.projects.supplies.errors import SupplyNotUnderReview
from services.projects.supplies.models import Supply, SupplyAction
from services.projects.supplies.repository import SupplyRepository
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import Role, SupplyStatus
from shared.db import Session
from shared.etags import check_version

REVIEWER = {SubjectKind.DEMAND: Role.RURAL_OFFICER, SubjectKind.SUPPLY: Role.CIVIL_AFFAIRS_OFFICER}
REASONS = {Decision.APPROVE: "approved", Decision.RETURN: "returned"}


async def review_subject(
    session: Session, *, command: ReviewCreate, expected_version: int, by: Principal, at: datetime
) -> Review:
    """
    Approve or return a submitted demand or supply in the version that the reviewer has seen, or comment on it.

    :raises NotReviewedByThisRole: if another office reviews this kind
    :raises CommentsOnly: if a supervising unit would decide, or an office comment
    :raises SupplyNotUnderReview: if a comment comes when the supply waits for no review
    :raises CommentNeedsNote: if a comment says nothing
    :raises ReviewerIsSubmitter: if the caller submitted it
    :raises ReviewerIsEditor: if the caller would approve what it edited last
    :raises ReturnNeedsNote: if it is returned without a note
    """
    comments = by.role is Role.SUPERVISING_UNIT
    if by.role is not REVIEWER[command.subject_kind] and not (comments and command.subject_kind is SubjectKind.SUPPLY):
        raise NotReviewedByThisRole(pointer="/subject_kind")
    if comments is not (command.decision is Decision.COMMENT):
        raise CommentsOnly(pointer="/decision")
    review = Review(**command.model_dump(), subject_version=expected_version, reviewed_by=by.signature, reviewed_at=at)
    review.check()
    if comments:
        await _check_comment(session, review, by)
    elif command.subject_kind is SubjectKind.DEMAND:
        await _decide_demand(session, review, by)
    else:
        await _decide_supply(session, review, by)
    return await ReviewRepository(session).add(review)


async def _decide_demand(session: Session, review: Review, by: Principal) -> None:
    demand = await DemandRepository(session).get(
        review.subject_id, visible_to=by, for_update=True, pointer="/subject_id"
    )
    if not by.covers(demand.division):
        raise OutOfScope(pointer="/subject_id")
    check_version(demand, review.subject_version)
    _check_reviewer(demand, review, by)
    if review.decision is Decision.APPROVE:
        demand.approve()
    else:
        demand.change(DemandAction.RETURN)
    await announce_demand(session, demand=demand, reason=REASONS[review.decision])


async def _decide_supply(session: Session, review: Review, by: Principal) -> None:
    supply = await take_supply(
        session, supply_id=review.subject_id, expected_version=review.subject_version, by=by, pointer="/subject_id"
    )
    _check_reviewer(supply, review, by)
    supply.change(SupplyAction.APPROVE if review.decision is Decision.APPROVE else SupplyAction.RETURN)
    await announce_supply(session, supply=supply, reason=REASONS[review.decision])


async def _check_comment(session: Session, review: Review, by: Principal) -> None:
    """Refuse a comment on what is not under review; it changes nothing of the supply, which is therefore not locked."""
    supply = await SupplyRepository(session).get_supervised(review.subject_id, by=by, pointer="/subject_id")
    check_version(supply, review.subject_version)
    if supply.status is not SupplyStatus.SUBMITTED:
        raise SupplyNotUnderReview(pointer="/subject_id")


def _check_reviewer(subject: Demand | Supply, review: Review, by: Principal) -> None:
    if by.has_signed(subject.submitted_by):
        raise ReviewerIsSubmitter(pointer="/subject_id")
    # A return is open to the editor: where an office has one reviewer, the entry would be stuck without it.
    if by.has_signed(subject.edited_by) and review.decision is Decision.APPROVE:
        raise ReviewerIsEditor(pointer="/subject_id")
