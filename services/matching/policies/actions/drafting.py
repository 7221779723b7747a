"""Draft a version of the policy, and let a second person decide about it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.matching.policies.actions.defending import check_policy, check_texts
from services.matching.policies.actions.reading import store_shipped_policies
from services.matching.policies.models import DraftStatus, PolicyDraft, PolicyVersion
from services.matching.policies.repository import PolicyRepository
from services.matching.policies.schemas import PolicyDraftCreate, PolicyReview, ReviewDecision
from services.matching.scoring.policy import Policy
from shared.auth.principals import Principal
from shared.db import Session
from shared.etags import check_version


async def draft_policy(session: Session, *, command: PolicyDraftCreate, by: Principal, today: date) -> PolicyDraft:
    """
    Store a draft that can be defended; it binds nobody until a second person approves it.

    :raises PolicyVersionTaken: if a version of this name is there
    :raises PolicyPeriodsOverlap: if its period meets that of another version
    :raises DomainError: of ``check_policy``
    """
    await store_shipped_policies(session)
    policy = command.document
    document = TypeAdapter(Policy).dump_python(policy, mode="json", by_alias=True)
    check_texts(document)
    check_policy(policy, today=today)
    repository = PolicyRepository(session)
    await repository.check_free(policy.version, policy.valid_from, policy.last_valid_on)
    return await repository.add_draft(PolicyDraft(document=document, drafted_by=by.signature))


async def review_policy_draft(
    session: Session,
    *,
    draft_id: UUID,
    command: PolicyReview,
    expected_version: int,
    by: Principal,
    today: date,
    at: datetime,
) -> PolicyDraft:
    """
    Approve a draft, which makes it a version from its first day on, or return it with a note; by a second person.

    :raises PolicyDraftNotFound: if there is no such draft
    :raises ReviewerIsDrafter: if the caller drafted it
    :raises PolicyDraftDecided: if it was decided before
    :raises PolicyReturnNeedsNote: if it is returned without a note
    :raises DomainError: of ``check_policy``, if its first day has come or the rules for policies changed meanwhile
    :raises PolicyVersionTaken: if a version of this name is there
    :raises PolicyPeriodsOverlap: if its period meets that of another version
    """
    repository = PolicyRepository(session)
    await repository.lock_approvals()
    draft = await repository.get_draft(draft_id, for_update=True)
    check_version(draft, expected_version)
    approved = command.decision is ReviewDecision.APPROVE
    draft.decide(DraftStatus.APPROVED if approved else DraftStatus.RETURNED, by=by, note=command.note, at=at)
    if approved:
        policy = draft.read()
        check_policy(policy, today=today)
        await repository.check_free(policy.version, policy.valid_from, policy.last_valid_on)
        await repository.add(
            PolicyVersion(
                id=draft.id,
                version=policy.version,
                valid_from=policy.valid_from,
                last_valid_on=policy.last_valid_on,
                document=draft.document,
                drafted_by=draft.drafted_by,
                reviewed_by=draft.reviewed_by,
                reviewed_at=at,
            )
        )
    await repository.flush()
    return draft
