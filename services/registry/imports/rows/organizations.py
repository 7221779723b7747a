"""Check the rows of the form of organizations and turn those without errors into typed rows."""

from dataclasses import dataclass
from datetime import date

from services.registry.imports.rows.template import ORGANIZATIONS
from shared.china.division_entry import DivisionReading, resolve_division
from shared.china.divisions import DivisionIndex
from shared.china.uscc import (
    find_uscc_fault,
    fits_organization_type,
    has_valid_subject_code,
    normalise_uscc,
    registrar_division,
)
from shared.contracts.codes import (
    AnnualCheckResult,
    AssessmentGrade,
    CreditStatus,
    OrganizationLevel,
    OrganizationType,
    PartyCoverageMode,
    QualificationStatus,
    RegistrationStatus,
)
from shared.workbooks.folding import fold_label
from shared.workbooks.grid import Limits
from shared.workbooks.reports import CheckedTable, RowDraft, RowReport
from shared.workbooks.table import ParsedTable, parse_table


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One organization as a workbook states it; ``public_fundraising`` None means unknown, never "no"."""

    row: int
    source_number: str | None
    name: str
    credit_code: str | None
    organization_type: OrganizationType
    organization_level: OrganizationLevel
    registered_region_code: str
    registered_region_name: str
    registrar: str
    supervising_unit: str | None
    established_on: date | None
    is_legal_person: bool
    registration_status: RegistrationStatus
    credit_status: CreditStatus
    credit_listed_on: date | None
    annual_check_year: int | None
    annual_check_result: AnnualCheckResult | None
    assessment_grade: AssessmentGrade | None
    assessment_last_valid_on: date | None
    is_charity: bool | None
    public_fundraising: bool | None
    public_fundraising_last_valid_on: date | None
    public_fundraising_status: QualificationStatus | None
    tax_deduction_last_valid_on: date | None
    partner_credit_code: str | None
    business_scope: str
    party_coverage_mode: PartyCoverageMode | None
    full_time_staff: int | None
    social_workers: int | None
    remark: str | None


def read_organizations(
    content: bytes,
    *,
    filename: str,
    divisions: DivisionIndex,
    as_of: date,
    within: str = "",
    limits: Limits | None = None,
) -> CheckedTable[OrganizationRow]:
    """Read a file of organizations; ``within`` is the code prefix in which a place without code is looked for."""
    table = parse_table(content, filename=filename, template=ORGANIZATIONS, limits=limits)
    return check_organizations(table, divisions=divisions, as_of=as_of, within=within)


def check_organizations(
    table: ParsedTable, *, divisions: DivisionIndex, as_of: date, within: str = ""
) -> CheckedTable[OrganizationRow]:
    """Check every row of a parsed table, in order, since later rows are compared with earlier ones."""
    seen = _SeenRows()
    reports: dict[int, RowReport] = {}
    accepted: list[OrganizationRow] = []
    for draft in table.drafts:
        place = resolve_division(
            divisions, code_text=draft.text("region_code"), name_text=draft.text("region_name"), within=within
        )
        _apply_place(draft, place)
        _check_partner(draft)
        code = _check_credit_code(draft, place)
        _check_dates(draft, as_of)
        seen.check(draft, code)
        reports[draft.number] = draft.report(draft.optional_text("name"))
        if draft.is_accepted:
            accepted.append(_build_row(draft))
    return CheckedTable(table.close(reports), tuple(accepted))


def _apply_place(draft: RowDraft, place: DivisionReading) -> None:
    if draft.has_error_on("region_code", "region_name"):
        return
    if place.fault:
        draft.add_error(place.fault, "region_code")
        return
    for code in place.warnings:
        draft.add_warning(code, "region_code")
    draft.values["region_code"] = place.code
    draft.values["region_name"] = place.match.full_name if place.match else None


def _check_partner(draft: RowDraft) -> None:
    if partner := normalise_uscc(draft.text("partner_credit_code")):
        draft.values["partner_credit_code"] = partner
        if fault := find_uscc_fault(partner):
            draft.add_error(fault, "partner_credit_code")


def _check_credit_code(draft: RowDraft, place: DivisionReading) -> str:
    """Check the code alone, then against type and place; return it where it is a code at all, else ''."""
    kind = draft.text("organization_type")
    if draft.has_error_on("credit_code"):
        return ""
    code = normalise_uscc(draft.text("credit_code"))
    draft.values["credit_code"] = code or None
    if not code:
        if kind and kind != OrganizationType.COMMUNITY_ORGANIZATION:
            draft.add_error("conditional_required", "credit_code", column=draft.header("organization_type"))
        return ""
    if fault := find_uscc_fault(code):
        draft.add_error(fault, "credit_code")
        return ""
    if not has_valid_subject_code(code):
        draft.add_warning("uscc_subject_check", "credit_code")
    places = {other[:6] for other in (place.code or "", *(place.match.replaced if place.match else ())) if other}
    if places and registrar_division(code) not in places:
        draft.add_warning("uscc_region_mismatch", "credit_code")
    if kind and not fits_organization_type(code, OrganizationType(kind)):
        draft.add_error("uscc_type_mismatch", "credit_code", column=draft.header("organization_type"))
    return code


def _check_dates(draft: RowDraft, as_of: date) -> None:
    draft.check_not_after("established_on", as_of)
    draft.check_not_after("credit_listed_on", as_of)
    # A year to come would stand above every later record, and hide a failed check from the gates.
    if (draft.number_of("annual_check_year") or 0) > as_of.year:
        draft.add_error("date_in_future", "annual_check_year")
    status = draft.text("credit_status")
    unlisted = draft.date_of("credit_listed_on") is None and not draft.has_error_on("credit_listed_on")
    if status and status != CreditStatus.NORMAL and unlisted:
        draft.add_error("conditional_required", "credit_listed_on", column=draft.header("credit_status"))


class _SeenRows:
    """The codes and names of earlier rows of the file."""

    def __init__(self) -> None:
        self._by_code: dict[str, tuple[str, RowDraft]] = {}
        self._names: dict[str, RowDraft] = {}
        self._filed: dict[tuple[str, str], RowDraft] = {}

    def check(self, draft: RowDraft, code: str) -> None:
        """Compare a row and its code ('' without one) with those before it, and remember both."""
        name = fold_label(draft.text("name"))
        filed = (name, draft.text("region_code"))
        if code and code in self._by_code:
            other, earlier = self._by_code[code]
            if other == name:
                draft.add_error("duplicate_in_file", "credit_code", **earlier.tell_apart())
            else:
                draft.add_error("uscc_name_conflict", "credit_code", same_row=str(earlier.number))
        elif not code and name and filed in self._filed:
            draft.add_error("duplicate_in_file", "name", **self._filed[filed].tell_apart())
        elif name and name in self._names:
            draft.add_warning("duplicate_name_in_file", "name", same_row=str(self._names[name].number))
        if code:
            self._by_code.setdefault(code, (name, draft))
        else:
            self._filed.setdefault(filed, draft)
        self._names.setdefault(name, draft)


def _build_row(draft: RowDraft) -> OrganizationRow:
    """Build the typed row of a draft without errors."""
    check, grade = draft.text("annual_check_result"), draft.text("assessment_grade")
    mode, status = draft.text("party_coverage_mode"), draft.text("public_fundraising_status")
    return OrganizationRow(
        row=draft.number,
        source_number=draft.optional_text("source_number"),
        name=draft.text("name"),
        credit_code=draft.optional_text("credit_code"),
        organization_type=OrganizationType(draft.text("organization_type")),
        organization_level=OrganizationLevel(draft.text("organization_level")),
        registered_region_code=draft.text("region_code"),
        registered_region_name=draft.text("region_name"),
        registrar=draft.text("registrar"),
        supervising_unit=draft.optional_text("supervising_unit"),
        established_on=draft.date_of("established_on"),
        is_legal_person=bool(draft.flag("is_legal_person")),
        registration_status=RegistrationStatus(draft.text("registration_status")),
        credit_status=CreditStatus(draft.text("credit_status")),
        credit_listed_on=draft.date_of("credit_listed_on"),
        annual_check_year=draft.number_of("annual_check_year"),
        annual_check_result=AnnualCheckResult(check) if check else None,
        assessment_grade=AssessmentGrade(grade) if grade else None,
        assessment_last_valid_on=draft.date_of("assessment_last_valid_on"),
        is_charity=draft.flag("is_charity"),
        public_fundraising={"yes": True, "no": False}.get(draft.text("public_fundraising")),
        public_fundraising_last_valid_on=draft.date_of("public_fundraising_last_valid_on"),
        public_fundraising_status=QualificationStatus(status) if status else None,
        tax_deduction_last_valid_on=draft.date_of("tax_deduction_last_valid_on"),
        partner_credit_code=draft.optional_text("partner_credit_code"),
        business_scope=draft.text("business_scope"),
        party_coverage_mode=PartyCoverageMode(mode) if mode else None,
        full_time_staff=draft.number_of("full_time_staff"),
        social_workers=draft.number_of("social_workers"),
        remark=draft.optional_text("remark"),
    )
