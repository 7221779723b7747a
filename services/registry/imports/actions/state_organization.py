"""State on record what one row of a workbook says of an organization; an empty cell clears nothing."""

from datetime import datetime
from typing import Any

from services.registry.credit.actions import state_supervision
from services.registry.imports.rows.organizations import OrganizationRow
from services.registry.imports.rows.template import ORGANIZATIONS
from services.registry.organizations.models import DataSource, Organization, place_record
from services.registry.organizations.repository import OrganizationRepository
from services.registry.qualifications.actions import state_qualification
from shared import feed
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import EnrolmentStatus, QualificationKind, QualificationStatus
from shared.db import Session
from shared.imports.models import Import, RowEffect
from shared.imports.rows import AppliedRow
from shared.workbooks.findings import Finding, Severity


async def state_organization(
    session: Session, *, row: OrganizationRow, known: Organization | None, file: Import, by: Principal, at: datetime
) -> AppliedRow:
    """Create the organization of a row or change the one on record, announce it once, and tell what was done."""
    values = _identity(row)
    if known is None or known.registered_division != row.registered_region_code:
        try:
            values["record_division"] = place_record(row.registered_region_code, None, by=by)
        except OutOfScope:
            return AppliedRow(findings=(_finding("region_out_of_scope", "region_code", Severity.ERROR),))
    if known is not None and not by.covers(known.record_division):
        return AppliedRow(findings=(_finding("recorded_elsewhere", "name", Severity.ERROR),))
    organization = known or Organization(qualifications=[], fundraiser=None, **_provenance(file))
    findings, changed = await _state_partner(session, organization, row)
    changed |= organization.state(values)
    if organization.enrolment_status in (None, EnrolmentStatus.PENDING):
        # What civil affairs imports with evidence counts as verified; whether it may be matched the gates decide.
        changed |= organization.state({"enrolment_status": EnrolmentStatus.ACTIVE})
    changed |= await _state_facts(session, organization, row, file)
    if known is not None and not changed:
        return AppliedRow(RowEffect.UNCHANGED, organization.id, findings)
    organization.state(_provenance(file))
    organization.touch(at=at)
    await OrganizationRepository(session).save(organization)
    await feed.announce(session, organization, reason="imported")
    return AppliedRow(RowEffect.CHANGED if known else RowEffect.CREATED, organization.id, findings)


def _identity(row: OrganizationRow) -> dict[str, Any]:
    values = {
        "name": row.name, "credit_code": row.credit_code, "source_number": row.source_number,
        "type": row.organization_type, "level": row.organization_level, "is_legal_person": row.is_legal_person,
        "registered_division": row.registered_region_code, "registrar": row.registrar,
        "supervising_unit": row.supervising_unit, "charter_scope": row.business_scope,
        "founded_on": row.established_on, "registration_status": row.registration_status,
        "party_coverage_mode": row.party_coverage_mode, "full_time_staff": row.full_time_staff,
        "social_workers": row.social_workers, "remark": row.remark,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def _provenance(file: Import) -> dict[str, Any]:
    return {
        "source": DataSource.IMPORTED,
        "as_of": file.as_of,
        "evidence": f"{file.file_name} (sha256 {file.sha256})",
        "verified_by": file.submitted_by,
        "recorded_by": file.submitted_by,
    }


async def _state_facts(session: Session, organization: Organization, row: OrganizationRow, file: Import) -> bool:
    """State credit, annual check, assessment and qualifications; tell whether anything changed."""
    said = _provenance(file)
    changed = await state_supervision(
        session,
        organization=organization,
        credit_status=row.credit_status,
        listed_on=row.credit_listed_on,
        year=row.annual_check_year,
        result=row.annual_check_result,
        grade=row.assessment_grade,
        last_valid_on=row.assessment_last_valid_on,
        provenance=said,
    )
    raising = row.public_fundraising_status or QualificationStatus.VERIFIED
    verified = QualificationStatus.VERIFIED
    stated = [
        (QualificationKind.CHARITY, row.is_charity, verified, None),
        (
            QualificationKind.PUBLIC_FUNDRAISING,
            row.public_fundraising,
            raising if row.public_fundraising else verified,
            row.public_fundraising_last_valid_on,
        ),
        (
            QualificationKind.PRETAX_DEDUCTION,
            True if row.tax_deduction_last_valid_on else None,
            verified,
            row.tax_deduction_last_valid_on,
        ),
    ]
    for kind, held, status, last_valid_on in stated:
        if held is None:
            continue  # unknown: what is on record stays as it is
        changed |= await state_qualification(
            session,
            organization=organization,
            kind=kind,
            held=held,
            status=status,
            last_valid_on=last_valid_on,
            today=file.as_of,
            provenance=said,
        )
    return changed


async def _state_partner(
    session: Session, organization: Organization, row: OrganizationRow
) -> tuple[tuple[Finding, ...], bool]:
    """Name the cooperating fund-raiser, if it is on record; return the findings and whether it changed."""
    code = row.partner_credit_code
    if code is None:
        return (), False
    if code == row.credit_code:
        return (_finding("partner_is_self", "partner_credit_code", Severity.WARNING),), False
    partner = await OrganizationRepository(session).find_partner(credit_code=code)
    if partner is None:
        return (_finding("org_not_found", "partner_credit_code", Severity.WARNING),), False
    known = organization.fundraiser
    organization.cooperate_with(partner)
    return (), known is not partner


def _finding(code: str, field: str, severity: Severity) -> Finding:
    return Finding(code, ORGANIZATIONS.column(field).header, severity)
