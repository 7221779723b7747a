"""What one can do with a qualification; each change is announced with its organization."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.organizations.errors import OrganizationNotFound
from services.registry.organizations.models import DataSource, Organization
from services.registry.organizations.repository import OrganizationRepository
from services.registry.qualifications.errors import QualificationNotFound
from services.registry.qualifications.models import Qualification, QualificationStep, qualifications_of
from services.registry.qualifications.repository import QualificationRepository
from services.registry.qualifications.schemas import QualificationCreate
from shared import feed
from shared.auth.principals import Principal
from shared.contracts.codes import QualificationKind, QualificationStatus, Role
from shared.db import Session
from shared.etags import check_version

REVIEWED = frozenset(QualificationStatus) - {QualificationStatus.SUBMITTED, QualificationStatus.REJECTED}
REASONS = {
    QualificationStep.VERIFY: "qualification_verified",
    QualificationStep.REJECT: "qualification_rejected",
    QualificationStep.REVOKE: "qualification_revoked",
}


async def submit_qualification(
    session: Session, *, organization_id: UUID, command: QualificationCreate, by: Principal, today: date, at: datetime
) -> Qualification:
    """
    Submit a qualification for review by another officer.

    :raises OrganizationNotFound: if the organization is neither the caller's to keep nor the caller
    :raises QualificationAlreadySubmitted: if one of its kind waits for review
    :raises PeriodReversed: if its period ends before it begins
    """
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by, for_update=True)
    values = command.model_dump() | {"as_of": command.as_of or today}
    if by.role is Role.ORGANIZATION:
        values["source"] = DataSource.REPORTED
    qualification = Qualification(**values, status=QualificationStatus.SUBMITTED, recorded_by=by.signature)
    qualification.check_period()
    qualification.check_provenance(today=today)
    await QualificationRepository(session).add(organization, qualification)
    organization.touch(at=at)
    await feed.announce(session, organization, reason="qualification_submitted")
    return qualification


async def review_qualification(
    session: Session,
    *,
    qualification_id: UUID,
    step: QualificationStep,
    note: str | None,
    expected: int,
    by: Principal,
    today: date,
    at: datetime,
) -> Qualification:
    """
    Verify, reject or revoke a qualification; a verified renewal ends the one before it once it begins.

    :raises QualificationNotFound: if it is not within the caller's scope
    :raises Stale: if it has changed since the caller read it
    :raises ReviewerIsSubmitter: if the caller submitted it
    :raises QualificationStepNotAllowed: if its state does not allow it
    """
    owner_id = await QualificationRepository(session).get_owner_id(qualification_id)
    try:
        organization = await OrganizationRepository(session).get(owner_id, visible_to=by, for_update=True)
    except OrganizationNotFound:
        raise QualificationNotFound(pointer="path/qualification_id") from None
    qualification = next(one for one in qualifications_of(organization) if one.id == qualification_id)
    check_version(qualification, expected)
    qualification.review(step, by=by, note=note, at=at)
    if step is QualificationStep.VERIFY:
        _end_former(organization, but=qualification, today=today)
    organization.touch(at=at)
    await feed.announce(session, organization, reason=REASONS[step])
    return qualification


async def expire_qualifications(session: Session, *, today: date, at: datetime, limit: int = 200) -> int:
    """
    Let verified qualifications expire whose last valid day is past, or whose renewal has begun.

    Return how many organizations changed.
    """
    organizations = await QualificationRepository(session).lock_owners_of_ended(today=today, limit=limit)
    for organization in organizations:
        recorded = qualifications_of(organization)
        overdue = [one for one in recorded if one.is_overdue(today=today) or _has_successor(one, recorded, today)]
        for one in overdue:
            one.take_step(QualificationStep.EXPIRE)
        if overdue:  # else another worker was faster
            organization.touch(at=at)
            await feed.announce(session, organization, reason="qualification_expired")
    return len(organizations)


def _end_former(organization: Organization, *, but: Qualification, today: date) -> None:
    """End those that a verified one replaces today; what it replaces later ends with the calendar."""
    for one in qualifications_of(organization):
        if but.replaces(one, today=today):
            one.take_step(QualificationStep.EXPIRE)


def _has_successor(former: Qualification, recorded: list[Qualification], today: date) -> bool:
    """Tell whether a renewal that was verified early has begun since."""
    return any(
        one.status is QualificationStatus.VERIFIED
        and one.valid_from is not None
        and one.valid_from > (former.valid_from or date.min)
        and one.has_begun(today=today)
        and one.replaces(former, today=today)
        for one in recorded
    )


async def state_qualification(
    session: Session,
    *,
    organization: Organization,
    kind: QualificationKind,
    held: bool,
    status: QualificationStatus,
    last_valid_on: date | None,
    today: date,
    provenance: dict[str, Any],
) -> bool:
    """
    State a qualification that an office imports with evidence, which counts as verified; tell whether it is news.

    What an officer revoked is not verified again by a workbook that still says so, and a renewal that was verified
    early changes nothing of what the workbook says of today.

    The organization is locked by the caller, who announces it.
    """
    reviewed = [one for one in qualifications_of(organization) if one.kind is kind and one.status in REVIEWED]
    standing = [one for one in reviewed if one.status is QualificationStatus.VERIFIED]
    known = any((one.held, one.last_valid_on) == (held, last_valid_on) for one in standing)
    if known and status is QualificationStatus.VERIFIED:
        return False
    begun = [one for one in standing if one.has_begun(today=today)]
    last = begun[-1] if begun else reviewed[-1] if reviewed else None
    if last and (last.held, last.last_valid_on) == (held, last_valid_on):
        ended = last.status is QualificationStatus.EXPIRED or (
            last.status is QualificationStatus.REVOKED and last.reviewed_by is not None
        )
        if last.status is status or (ended and status is QualificationStatus.VERIFIED):
            return False
        if last.status is QualificationStatus.VERIFIED:
            last.take_step(QualificationStep.REVOKE)
            for name, value in provenance.items():
                setattr(last, name, value)
            return True
    new = Qualification(kind=kind, held=held, status=status, last_valid_on=last_valid_on, **provenance)
    if last is not None and last in begun:
        last.take_step(QualificationStep.EXPIRE)
    organization.qualifications.append(new)
    return True
