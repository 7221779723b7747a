"""Check the rows of the form of demands and turn those without errors into typed rows."""

from dataclasses import dataclass
from datetime import date

from services.projects.imports.rows.earlier_rows import EarlierRows
from services.projects.imports.rows.templates import DEMANDS
from shared.china.division_entry import resolve_division
from shared.china.divisions import DivisionIndex
from shared.contracts.codes import (
    AssistMode,
    BeneficiaryGroup,
    DemandLevel,
    FieldCode,
    HelpForm,
    IntakeSource,
    Procurement,
    ProcurementMethod,
    SurveyStage,
)
from shared.workbooks.grid import Limits
from shared.workbooks.reports import CheckedTable, RowDraft, RowReport
from shared.workbooks.table import ParsedTable, parse_table


@dataclass(frozen=True, slots=True)
class DemandRow:
    """
    One demand as a workbook states it; amounts in fen.

    ``region_code`` has the town and village digits that were given; ``town_code`` is also found by the town's name.
    """

    row: int
    source_number: str
    region_code: str
    county_code: str
    county_name: str
    town_name: str | None
    town_code: str | None
    village_count: int | None
    level: DemandLevel
    title: str
    description: str
    fields: tuple[FieldCode, ...]
    help_forms: tuple[HelpForm, ...]
    beneficiary_groups: tuple[BeneficiaryGroup, ...]
    beneficiary_persons: int
    monitored_persons: int | None
    budget_fen: int
    budget_is_approximate: bool
    budget_needs_confirmation: bool
    secured_fen: int | None
    assist_mode: AssistMode
    requires_public_fundraising: bool
    raises_online: bool
    procurement: Procurement
    procurement_method: ProcurementMethod | None
    policy_gap: str
    intake_source: IntakeSource
    survey_stage: SurveyStage
    is_resettlement_site: bool
    pairing_requirement: str | None
    starts_on: date
    ends_on: date | None
    reporting_unit: str
    reported_on: date
    remark: str | None


def read_demands(
    content: bytes,
    *,
    filename: str,
    divisions: DivisionIndex,
    as_of: date,
    within: str = "",
    limits: Limits | None = None,
) -> CheckedTable[DemandRow]:
    """Read a file of demands; ``within`` is the code prefix in which a county without code is looked for."""
    table = parse_table(content, filename=filename, template=DEMANDS, limits=limits)
    return check_demands(table, divisions=divisions, as_of=as_of, within=within)


def check_demands(
    table: ParsedTable, *, divisions: DivisionIndex, as_of: date, within: str = ""
) -> CheckedTable[DemandRow]:
    """Check every row of a parsed table, in order, since later rows are compared with earlier ones."""
    earlier = EarlierRows()
    reports: dict[int, RowReport] = {}
    accepted: list[DemandRow] = []
    for draft in table.drafts:
        _resolve_county(draft, divisions, within)
        _check_numbers_and_dates(draft, as_of)
        earlier.check(draft, "region_code", "title", "description")
        reports[draft.number] = draft.report(draft.optional_text("source_number"))
        if draft.is_accepted:
            accepted.append(_build_row(draft, divisions))
    return CheckedTable(table.close(reports), tuple(accepted))


def _resolve_county(draft: RowDraft, divisions: DivisionIndex, within: str) -> None:
    if draft.has_error_on("region_code"):
        return
    code_text, name_text = draft.text("region_code"), draft.text("county_name")
    if not code_text and draft.has_error_on("county_name"):
        return
    place = resolve_division(divisions, code_text=code_text, name_text=name_text, within=within)
    fault = place.fault
    if place.match and not divisions.stands_as_county(place.match.code):
        fault = "region_wrong_level"
    if fault or place.match is None:
        draft.add_error(fault or "region_unknown", "region_code")
        return
    for code in place.warnings:
        draft.add_warning(code, "region_code")
    draft.values["region_code"] = place.code
    draft.values["county_name"] = place.match.name


def _check_numbers_and_dates(draft: RowDraft, as_of: date) -> None:
    persons, monitored = draft.number_of("beneficiary_persons"), draft.number_of("monitored_persons")
    if persons is not None and monitored is not None and monitored > persons:
        draft.add_error("subset_exceeds_total", "monitored_persons", column=draft.header("beneficiary_persons"))
    purchased = draft.text("procurement") == Procurement.GOVERNMENT_PURCHASE
    if not purchased:
        draft.values["procurement_method"] = None
    elif not draft.text("procurement_method") and not draft.has_error_on("procurement_method"):
        draft.add_error("conditional_required", "procurement_method", column=draft.header("procurement"))
    needed, secured = draft.number_of("budget_fen"), draft.number_of("secured_fen")
    if needed is not None and secured is not None and secured > needed:
        draft.add_warning("secured_exceeds_budget", "secured_fen", column=draft.header("budget_fen"))
    draft.check_not_after("reported_on", as_of)
    draft.check_order("starts_on", "ends_on")
    if draft.date_of("ends_on") is None and not draft.has_error_on("ends_on"):
        draft.add_warning("needed_to_submit", "ends_on")


def _build_row(draft: RowDraft, divisions: DivisionIndex) -> DemandRow:
    """Build the typed row of a draft without errors."""
    starts_on, reported_on = draft.date_of("starts_on"), draft.date_of("reported_on")
    persons, budget = draft.number_of("beneficiary_persons"), draft.number_of("budget_fen")
    if starts_on is None or reported_on is None or persons is None or budget is None:
        raise ValueError("a draft without errors has its required values")
    code, method = draft.text("region_code"), draft.text("procurement_method")
    county = code[:6].ljust(12, "0")
    town = code[:9].ljust(12, "0") if code[6:9] != "000" else divisions.find_town(county, draft.text("town_name"))
    return DemandRow(
        row=draft.number,
        source_number=draft.text("source_number"),
        region_code=code,
        county_code=county,
        county_name=draft.text("county_name"),
        town_name=draft.optional_text("town_name"),
        town_code=town,
        village_count=draft.number_of("village_count"),
        level=DemandLevel(draft.text("level")),
        title=draft.text("title"),
        description=draft.text("description"),
        fields=tuple(map(FieldCode, draft.codes("fields"))),
        help_forms=tuple(map(HelpForm, draft.codes("help_forms"))),
        beneficiary_groups=tuple(map(BeneficiaryGroup, draft.codes("beneficiary_groups"))),
        beneficiary_persons=persons,
        monitored_persons=draft.number_of("monitored_persons"),
        budget_fen=budget,
        budget_is_approximate=draft.has_warning("money_approximate", "budget_fen"),
        budget_needs_confirmation=draft.has_warning("money_suspicious_unit", "budget_fen"),
        secured_fen=draft.number_of("secured_fen"),
        assist_mode=AssistMode(draft.text("assist_mode")),
        requires_public_fundraising=bool(draft.flag("requires_public_fundraising")),
        raises_online=bool(draft.flag("raises_online")),
        procurement=Procurement(draft.text("procurement")),
        procurement_method=ProcurementMethod(method) if method else None,
        policy_gap=draft.text("policy_gap"),
        intake_source=IntakeSource(draft.text("intake_source")),
        survey_stage=SurveyStage(draft.text("survey_stage")),
        is_resettlement_site=bool(draft.flag("is_resettlement_site")),
        pairing_requirement=draft.optional_text("pairing_requirement"),
        starts_on=starts_on,
        ends_on=draft.date_of("ends_on"),
        reporting_unit=draft.text("reporting_unit"),
        reported_on=reported_on,
        remark=draft.optional_text("remark"),
    )
