"""Check the rows of the form of supplies and turn those without errors into typed rows."""

import re
from dataclasses import dataclass
from datetime import date

from services.projects.imports.rows.earlier_rows import EarlierRows
from services.projects.imports.rows.organizations import OrganizationDirectory, OrganizationReference
from services.projects.imports.rows.templates import SUPPLIES
from shared.china.division_entry import resolve_division
from shared.china.divisions import NATIONAL, DivisionIndex, DivisionMatch, scope_prefix
from shared.china.uscc import find_uscc_fault, normalise_uscc
from shared.contracts.codes import AssistMode, BeneficiaryGroup, FieldCode, HelpForm, ResourceType, SupplyChannel
from shared.workbooks.folding import fold_label
from shared.workbooks.grid import Limits
from shared.workbooks.reports import CheckedTable, RowDraft, RowReport
from shared.workbooks.table import ParsedTable, parse_table

WHOLE_COUNTRY = "*"
_SEPARATORS = re.compile(r"[、,，;；/／\s]+")


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """
    One supply as a workbook states it; amounts in fen, ``budget_fen`` None means undecided and 0 none.

    ``service_regions`` are code prefixes of 2, 4, 6 or 9 digits, or ``("*",)`` for the whole country.
    """

    row: int
    source_number: str
    organization: OrganizationReference
    title: str
    description: str
    fields: tuple[FieldCode, ...]
    help_forms: tuple[HelpForm, ...]
    beneficiary_groups: tuple[BeneficiaryGroup, ...]
    assist_mode: AssistMode
    service_regions: tuple[str, ...]
    capacity_total: int
    capacity_used: int
    budget_fen: int | None
    budget_is_approximate: bool
    budget_needs_confirmation: bool
    resource_types: tuple[ResourceType, ...]
    channel: SupplyChannel | None
    plans_public_fundraising: bool
    starts_on: date
    ends_on: date
    rural_projects_last_3y: int | None
    review_label: str | None
    reported_on: date | None
    remark: str | None


def read_supplies(
    content: bytes,
    *,
    filename: str,
    divisions: DivisionIndex,
    organizations: OrganizationDirectory,
    as_of: date,
    within: str = "",
    limits: Limits | None = None,
) -> CheckedTable[SupplyRow]:
    """Read a file of supplies; ``within`` is the code prefix in which a region without code is looked for."""
    table = parse_table(content, filename=filename, template=SUPPLIES, limits=limits)
    return check_supplies(table, divisions=divisions, organizations=organizations, as_of=as_of, within=within)


def check_supplies(
    table: ParsedTable,
    *,
    divisions: DivisionIndex,
    organizations: OrganizationDirectory,
    as_of: date,
    within: str = "",
) -> CheckedTable[SupplyRow]:
    """Check every row of a parsed table, in order, since later rows are compared with earlier ones."""
    earlier = EarlierRows()
    reports: dict[int, RowReport] = {}
    accepted: list[SupplyRow] = []
    for draft in table.drafts:
        owner = _find_owner(draft, organizations)
        _resolve_regions(draft, divisions, within)
        total, used = draft.number_of("capacity_total"), draft.number_of("capacity_used")
        if total is not None and used is not None and used > total:
            draft.add_error("capacity_used_exceeds_total", "capacity_used", column=draft.header("capacity_total"))
        draft.check_not_after("reported_on", as_of)
        draft.check_order("starts_on", "ends_on")
        earlier.check(draft, "organization_name", "title", "description")
        reports[draft.number] = draft.report(draft.optional_text("source_number"))
        if draft.is_accepted and owner:
            accepted.append(_build_row(draft, owner))
    return CheckedTable(table.close(reports), tuple(accepted))


def _find_owner(draft: RowDraft, organizations: OrganizationDirectory) -> OrganizationReference | None:
    """Find the organization by its code, which the name must agree with, or else by its name alone."""
    if draft.has_error_on("credit_code", "organization_name"):
        return None
    code, name = normalise_uscc(draft.text("credit_code")), draft.text("organization_name")
    if not code:
        found = organizations.find_by_name(name)
        if len(found) != 1:
            draft.add_error("org_ambiguous" if found else "org_not_found", "organization_name")
            return None
        return found[0]
    if fault := find_uscc_fault(code):
        draft.add_error(fault, "credit_code")
        return None
    draft.values["credit_code"] = code
    owner = organizations.find_by_credit_code(code)
    if owner is None:
        draft.add_error("org_not_found", "credit_code")
    elif fold_label(owner.name) != fold_label(name):
        draft.add_error("org_name_mismatch", "organization_name", column=draft.header("credit_code"))
        return None
    return owner


def _resolve_regions(draft: RowDraft, divisions: DivisionIndex, within: str) -> None:
    """Replace the codes (or, without any, the names) by prefixes; names that fit no code are warned of."""
    if draft.has_error_on("region_codes", "region_names"):
        return
    codes = [part for part in _SEPARATORS.split(draft.text("region_codes")) if part]
    names = [part for part in _SEPARATORS.split(draft.text("region_names")) if part]
    codes = [NATIONAL if code in (WHOLE_COUNTRY, "全国") else code for code in codes]
    entries = [(code, "") for code in codes] if codes else [("", name) for name in names]
    if not entries:
        draft.add_error("required", "region_codes")
        return
    matches: list[DivisionMatch] = []
    prefixes: dict[str, None] = {}
    for code, name in entries:
        place = resolve_division(divisions, code_text=code, name_text=name, within=within)
        if place.match is None or place.code is None:
            draft.add_error(place.fault or "region_unknown", "region_codes")
            return
        for warning in place.warnings:
            draft.add_warning(warning, "region_codes")
        matches.append(place.match)
        prefixes[scope_prefix(place.code) or WHOLE_COUNTRY] = None
    if codes and not all(any(divisions.names_agree(name, match) for match in matches) for name in names):
        draft.add_warning("region_name_mismatch", "region_names")
    draft.values["region_codes"] = (WHOLE_COUNTRY,) if WHOLE_COUNTRY in prefixes else tuple(prefixes)


def _build_row(draft: RowDraft, owner: OrganizationReference) -> SupplyRow:
    """Build the typed row of a draft without errors."""
    starts_on, ends_on = draft.date_of("starts_on"), draft.date_of("ends_on")
    total, used = draft.number_of("capacity_total"), draft.number_of("capacity_used")
    if starts_on is None or ends_on is None or total is None or used is None:
        raise ValueError("a draft without errors has its required values")
    channel = draft.text("channel")
    return SupplyRow(
        row=draft.number,
        source_number=draft.text("source_number"),
        organization=owner,
        title=draft.text("title"),
        description=draft.text("description"),
        fields=tuple(map(FieldCode, draft.codes("fields"))),
        help_forms=tuple(map(HelpForm, draft.codes("help_forms"))),
        beneficiary_groups=tuple(map(BeneficiaryGroup, draft.codes("beneficiary_groups"))),
        assist_mode=AssistMode(draft.text("assist_mode")),
        service_regions=draft.codes("region_codes"),
        capacity_total=total,
        capacity_used=used,
        budget_fen=draft.number_of("budget_fen"),
        budget_is_approximate=draft.has_warning("money_approximate", "budget_fen"),
        budget_needs_confirmation=draft.has_warning("money_suspicious_unit", "budget_fen"),
        resource_types=tuple(map(ResourceType, draft.codes("resource_types"))),
        channel=SupplyChannel(channel) if channel else None,
        plans_public_fundraising=bool(draft.flag("plans_public_fundraising")),
        starts_on=starts_on,
        ends_on=ends_on,
        rural_projects_last_3y=draft.number_of("rural_projects_last_3y"),
        review_label=draft.optional_text("review_label"),
        reported_on=draft.date_of("reported_on"),
        remark=draft.optional_text("remark"),
    )
