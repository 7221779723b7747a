"""What one can do with an organization; one function per use case."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.divisions.actions import is_place_in_force
from services.registry.organizations.errors import DivisionUnknown, FundraiserNotFound
from services.registry.organizations.models import DataSource, EnrolmentStep, Organization, place_record
from services.registry.organizations.repository import OrganizationRepository
from services.registry.organizations.schemas import OrganizationCreate, OrganizationUpdate
from shared import feed
from shared.auth.principals import Principal
from shared.db import Session
from shared.etags import check_version

PROVENANCE = {"source", "as_of", "evidence"}
REASONS = {EnrolmentStep.ACTIVATE: "activated", EnrolmentStep.SUSPEND: "suspended", EnrolmentStep.LEAVE: "left"}


async def create_organization(
    session: Session, *, command: OrganizationCreate, by: Principal, today: date
) -> Organization:
    """
    Put an organization on record with the office of the caller, not yet enrolled.

    :raises CreditCodeMissing: if only a filed body could have no code
    :raises CategoryContradictsType: if its code belongs to another type
    :raises DivisionUnknown: if a division is unknown or out of force
    :raises OutOfScope: if its record would lie outside the caller's scope
    :raises OrganizationAlreadyRegistered: if its code is on record
    :raises FiledBodyAlreadyRegistered: if its name without a code is on record in its division
    """
    values = command.model_dump()
    values["as_of"] = command.as_of or today
    values["record_division"] = place_record(command.registered_division, command.record_division, by=by)
    await _check_divisions(session, command.registered_division, values["record_division"])
    organization = Organization(**values, recorded_by=by.signature, qualifications=[], fundraiser=None)
    _verify(organization, by=by, today=today)
    await OrganizationRepository(session).save(organization)
    await feed.announce(session, organization, reason="created")
    return organization


async def update_organization(
    session: Session,
    *,
    organization_id: UUID,
    expected: int,
    command: OrganizationUpdate,
    by: Principal,
    today: date,
    at: datetime,
) -> Organization:
    """
    Change what is recorded of an organization; what the patch does not name stays, but for the source of what changed.

    :raises OrganizationNotFound: if it is not the caller's to change
    :raises Stale: if it has changed since the caller read it
    :raises OutOfScope: if its record would leave the caller's scope
    """
    organization = await _lock(session, organization_id, expected=expected, by=by)
    values: dict[str, Any] = command.model_dump(exclude_unset=True)
    if {"registered_division", "record_division"} & values.keys():
        registered = values.get("registered_division", organization.registered_division)
        record = values.get("record_division", organization.record_division)
        if "record_division" not in values and registered != organization.registered_division:
            record = None
        values["record_division"] = place_record(registered, record, by=by)
        await _check_divisions(session, registered, values["record_division"])
    if any(getattr(organization, name) != value for name, value in values.items() if name not in PROVENANCE):
        # The old source never said the new fact: what the patch does not claim for it is only reported as of today.
        values = {"source": DataSource.REPORTED, "as_of": today, "evidence": None} | values
    if not organization.state(values):
        return organization
    organization.recorded_by = by.signature
    organization.touch(at=at)
    _verify(organization, by=by, today=today)
    await OrganizationRepository(session).save(organization)
    await feed.announce(session, organization, reason="updated")
    return organization


async def change_enrolment(
    session: Session,
    *,
    organization_id: UUID,
    step: EnrolmentStep,
    expected: int,
    reason: str | None,
    by: Principal,
    at: datetime,
) -> Organization:
    """
    Activate, suspend or end an enrolment (入驻).

    :raises OrganizationNotFound: if it is not the caller's to change
    :raises Stale: if it has changed since the caller read it
    :raises EnrolmentNotAllowed: if the state does not allow the step
    """
    organization = await _lock(session, organization_id, expected=expected, by=by)
    organization.take_step(step, reason=reason, at=at)
    await feed.announce(session, organization, reason=REASONS[step])
    return organization


async def choose_fundraiser(
    session: Session, *, organization_id: UUID, fundraiser_id: UUID | None, expected: int, by: Principal, at: datetime
) -> Organization:
    """
    Name the cooperating fund-raiser (合作募捐方) of an organization, or none.

    :raises OrganizationNotFound: if it is not the caller's to change
    :raises Stale: if it has changed since the caller read it
    :raises FundraiserNotFound: if the fund-raiser is not on record
    :raises FundraiserIsSelf: if it is the organization itself
    """
    organization = await _lock(session, organization_id, expected=expected, by=by)
    fundraiser = None
    if fundraiser_id:
        fundraiser = await OrganizationRepository(session).find_partner(organization_id=fundraiser_id)
        if fundraiser is None:
            raise FundraiserNotFound(pointer="/fundraiser_id")
    organization.cooperate_with(fundraiser)
    organization.touch(at=at)
    await feed.announce(session, organization, reason="fundraiser_chosen")
    return organization


async def _lock(session: Session, organization_id: UUID, *, expected: int, by: Principal) -> Organization:
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by, for_update=True)
    check_version(organization, expected)
    return organization


def _verify(organization: Organization, *, by: Principal, today: date) -> None:
    """Check the whole organization; what an office enters with evidence counts as verified by it."""
    organization.check_identity(today=today)
    organization.check_provenance(today=today)
    organization.verified_by = None if organization.source is DataSource.REPORTED else by.signature


async def _check_divisions(session: Session, registered: str, record: str) -> None:
    for name, code in (("registered_division", registered), ("record_division", record)):
        if not await is_place_in_force(session, code=code):
            raise DivisionUnknown(pointer=f"/{name}")
