"""Judge files of demands and supplies with the divisions and organizations that are known here."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from services.projects.divisions.actions import are_divisions_known, load_division_index
from services.projects.imports.rows.demands import DemandRow, read_demands
from services.projects.imports.rows.organizations import OrganizationReference
from services.projects.imports.rows.supplies import SupplyRow, read_supplies
from services.projects.imports.rows.templates import DEMANDS
from services.projects.organizations.models import Organization
from services.projects.organizations.repository import OrganizationRepository
from shared.auth.principals import Principal
from shared.china.divisions import DivisionIndex
from shared.db import Session
from shared.imports.models import Import
from shared.jobs import RetryLater
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.folding import fold_label
from shared.workbooks.reports import CheckedTable

DIVISIONS_SOON = timedelta(seconds=10)


class MirroredOrganizations:
    """The organizations whose records the importing office keeps."""

    def __init__(self, organizations: Sequence[Organization]) -> None:
        self._by_code: dict[str, OrganizationReference] = {}
        self._by_name: dict[str, list[OrganizationReference]] = {}
        for one in organizations:
            reference = OrganizationReference(one.id, one.name, one.credit_code)
            self._by_name.setdefault(one.folded_name, []).append(reference)
            if one.credit_code:
                self._by_code[one.credit_code] = reference

    def find_by_credit_code(self, credit_code: str) -> OrganizationReference | None:
        """Return the organization of a normalised credit code."""
        return self._by_code.get(credit_code)

    def find_by_name(self, name: str) -> Sequence[OrganizationReference]:
        """Return the organizations of a name, spaces and width of characters aside."""
        return self._by_name.get(fold_label(name), [])


async def _load_divisions(session: Session) -> DivisionIndex:
    """
    Return the divisions, without which every row would be refused.

    :raises RetryLater: while the first ones are still to be read from registry
    """
    if not await are_divisions_known(session):
        raise RetryLater(DIVISIONS_SOON)
    return await load_division_index(session)


async def read_demand_file(
    session: Session, *, file: Import, by: Principal
) -> Callable[[bytes], CheckedTable[DemandRow]]:
    """Return the judge of a file of demands; those outside the office's division are refused."""
    divisions = await _load_divisions(session)
    filename, as_of, within = file.file_name, file.as_of, by.prefix or ""

    def judge(content: bytes) -> CheckedTable[DemandRow]:
        table = read_demands(content, filename=filename, divisions=divisions, as_of=as_of, within=within)
        return _refuse_out_of_scope(table, by)

    return judge


async def read_supply_file(
    session: Session, *, file: Import, by: Principal
) -> Callable[[bytes], CheckedTable[SupplyRow]]:
    """Return the judge of a file of supplies, whose organizations must be of the office's record."""
    divisions = await _load_divisions(session)
    filename, as_of, within = file.file_name, file.as_of, by.prefix or ""
    organizations = MirroredOrganizations(await OrganizationRepository(session).list_under(within))

    def judge(content: bytes) -> CheckedTable[SupplyRow]:
        return read_supplies(
            content, filename=filename, divisions=divisions, organizations=organizations, as_of=as_of, within=within
        )

    return judge


def _refuse_out_of_scope(table: CheckedTable[DemandRow], by: Principal) -> CheckedTable[DemandRow]:
    foreign = {row.row for row in table.accepted if not by.covers(row.region_code)}
    finding = Finding("demand_out_of_scope", DEMANDS.column("region_code").header, Severity.ERROR)
    rows = tuple(
        replace(row, outcome=Outcome.REJECTED, errors=(finding,)) if row.row in foreign else row
        for row in table.report.rows
    )
    within = tuple(row for row in table.accepted if row.row not in foreign)
    return CheckedTable(replace(table.report, rows=rows), within)
