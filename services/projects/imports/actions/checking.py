"""Read and judge a whole file outside any transaction; the same file gives the same rows in the same order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.projects.imports.models import ImportKind
from services.projects.imports.rows.demands import DemandRow, read_demands
from services.projects.imports.rows.organizations import OrganizationReference
from services.projects.imports.rows.supplies import SupplyRow, read_supplies
from services.projects.imports.rows.templates import DEMANDS, SUPPLIES
from services.projects.organizations.models import Organization
from shared.auth.principals import Principal
from shared.china.divisions import DivisionIndex
from shared.workbooks.findings import Finding, Outcome, Severity
from shared.workbooks.folding import fold_label
from shared.workbooks.reports import RowReport, TableReport
from shared.workbooks.template import Template

TEMPLATES: Mapping[ImportKind, Template] = {ImportKind.DEMANDS: DEMANDS, ImportKind.SUPPLIES: SUPPLIES}


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


@dataclass(frozen=True)
class CheckedRow:
    """The report of a row and, if it is accepted, what it states."""

    report: RowReport
    stated: DemandRow | SupplyRow | None


@dataclass(frozen=True)
class PreparedImport:
    """Everything that judging a file needs."""

    kind: ImportKind
    content: bytes
    file_name: str
    importer: Principal
    as_of: date
    divisions: DivisionIndex
    organizations: MirroredOrganizations

    def check(self) -> tuple[TableReport, list[CheckedRow]]:
        """Judge the file; demands outside the office's division are refused."""
        given: dict[str, Any] = {
            "filename": self.file_name, "divisions": self.divisions, "as_of": self.as_of,
            "within": self.importer.prefix or "",
        }  # fmt: skip
        stated: dict[int, DemandRow | SupplyRow]
        if self.kind is ImportKind.DEMANDS:
            demands = read_demands(self.content, **given)
            report, stated = demands.report, {row.row: row for row in demands.accepted}
        else:
            supplies = read_supplies(self.content, organizations=self.organizations, **given)
            report, stated = supplies.report, {row.row: row for row in supplies.accepted}
        return report, [self._within_scope(CheckedRow(row, stated.get(row.row))) for row in report.rows]

    def _within_scope(self, row: CheckedRow) -> CheckedRow:
        if not isinstance(row.stated, DemandRow) or self.importer.covers(row.stated.region_code):
            return row
        finding = Finding("demand_out_of_scope", DEMANDS.column("region_code").header, Severity.ERROR)
        return CheckedRow(replace(row.report, outcome=Outcome.REJECTED, errors=(finding,)), None)
