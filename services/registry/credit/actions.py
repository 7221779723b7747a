"""What one can do with supervision: record a fact, which is added to the history and put in force."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.credit.models import SupervisionKind, SupervisionRecord
from services.registry.credit.repository import SupervisionRepository
from services.registry.credit.schemas import AnnualCheckPut, AssessmentPut, CreditStandingPut
from services.registry.organizations.models import DataSource, Organization
from services.registry.organizations.repository import OrganizationRepository
from services.registry.organizations.schemas import Evidenced
from shared import feed
from shared.auth.principals import Principal
from shared.contracts.codes import AnnualCheckResult, AssessmentGrade, CreditStatus
from shared.db import Session
from shared.etags import check_version


async def record_credit_standing(
    session: Session,
    *,
    organization_id: UUID,
    command: CreditStandingPut,
    expected: int,
    by: Principal,
    today: date,
    at: datetime,
) -> Organization:
    """
    Record the credit standing (信用状态).

    :raises OrganizationNotFound: if the organization is not the caller's to keep
    :raises Stale: if it has changed since the caller read it
    :raises ListedDateMissing: if a list is named without its day
    """
    record = SupervisionRecord(
        kind=SupervisionKind.CREDIT_STANDING, credit_status=command.status, listed_on=command.listed_on
    )
    return await _record(session, organization_id, record, command, expected=expected, by=by, today=today, at=at)


async def record_annual_check(
    session: Session,
    *,
    organization_id: UUID,
    year: int,
    command: AnnualCheckPut,
    expected: int,
    by: Principal,
    today: date,
    at: datetime,
) -> Organization:
    """
    Record the annual check or report (年检/年报) of a year; the latest year is in force.

    :raises OrganizationNotFound: if the organization is not the caller's to keep
    :raises Stale: if it has changed since the caller read it
    :raises YearNotConcluded: if the year lies in the future
    """
    record = SupervisionRecord(kind=SupervisionKind.ANNUAL_CHECK, year=year, result=command.result)
    return await _record(session, organization_id, record, command, expected=expected, by=by, today=today, at=at)


async def record_assessment(
    session: Session,
    *,
    organization_id: UUID,
    command: AssessmentPut,
    expected: int,
    by: Principal,
    today: date,
    at: datetime,
) -> Organization:
    """
    Record the assessment (评估等级), or that there is none any more.

    :raises OrganizationNotFound: if the organization is not the caller's to keep
    :raises Stale: if it has changed since the caller read it
    """
    record = SupervisionRecord(
        kind=SupervisionKind.ASSESSMENT, grade=command.grade, last_valid_on=command.last_valid_on
    )
    return await _record(session, organization_id, record, command, expected=expected, by=by, today=today, at=at)


async def _record(
    session: Session,
    organization_id: UUID,
    record: SupervisionRecord,
    said: Evidenced,
    *,
    expected: int,
    by: Principal,
    today: date,
    at: datetime,
) -> Organization:
    organization = await OrganizationRepository(session).get(organization_id, visible_to=by, for_update=True)
    check_version(organization, expected)
    record.organization = organization
    record.source, record.as_of, record.evidence = said.source, said.as_of or today, said.evidence
    record.recorded_by = by.signature
    record.verified_by = None if said.source is DataSource.REPORTED else by.signature
    record.check(today=today)
    SupervisionRepository(session).add(record)
    record.put_in_force(organization)
    organization.touch(at=at)
    await feed.announce(session, organization, reason=f"{record.kind.value}_recorded")
    return organization


async def state_supervision(
    session: Session,
    *,
    organization: Organization,
    credit_status: CreditStatus,
    listed_on: date | None,
    year: int | None,
    result: AnnualCheckResult | None,
    grade: AssessmentGrade | None,
    last_valid_on: date | None,
    provenance: dict[str, Any],
) -> bool:
    """
    State what an import says of credit, annual check and assessment; tell whether any of it is news.

    What is not said stays as it is, and so does a listing that was not imported: a workbook filled in before it still
    says normal. The organization is locked by the caller, who announces it.
    """
    repository, changed = SupervisionRepository(session), False
    records = []
    if credit_status is not CreditStatus.NORMAL or not await repository.is_listed_otherwise(organization):
        kept = None if credit_status is CreditStatus.NORMAL else listed_on
        standing = {"credit_status": credit_status, "listed_on": kept}
        records.append(SupervisionRecord(kind=SupervisionKind.CREDIT_STANDING, **standing))
    if year and result:
        records.append(SupervisionRecord(kind=SupervisionKind.ANNUAL_CHECK, year=year, result=result))
    if grade:
        records.append(SupervisionRecord(kind=SupervisionKind.ASSESSMENT, grade=grade, last_valid_on=last_valid_on))
    for record in records:
        news = record.put_in_force(organization)
        if record.year and not news:
            known = await repository.find_annual_check(organization.id, record.year)
            news = known is None or known.result is not record.result
        if news:
            record.organization = organization
            for name, value in provenance.items():
                setattr(record, name, value)
            repository.add(record)
            changed = True
    return changed
