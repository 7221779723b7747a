"""What can be said of a file only when every row has been judged and applied."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.db import Session
from shared.imports.models import Import, ImportRow, read_findings, write_findings
from shared.imports.repository import ImportWork
from shared.workbooks.findings import Finding, Outcome, Severity

NOT_THIS_OFFICE = {"demand_out_of_scope", "region_out_of_scope"}
FEWEST_ROWS = 3
NEARLY_ALL = 0.9


async def look_back(session: Session, file: Import) -> None:
    """Set right what rows say of others that were refused later, and say so if the file seems another office's."""
    rows = await ImportWork(session).list_rejected(file.id)
    correct_first_rows(rows)
    judged = await _count_judged(session, file.id)
    if judged >= FEWEST_ROWS and sum(map(_is_foreign, rows)) >= judged * NEARLY_ALL:
        finding = Finding("not_your_area", None, Severity.WARNING)
        file.findings = [*file.findings, *write_findings([finding])]
    await session.flush()


def correct_first_rows(rejected: Sequence[ImportRow]) -> None:
    """Let no repeated row say that an earlier one counts which the records have refused."""
    numbers = {str(one.row) for one in rejected}
    for one in rejected:
        findings = read_findings(one.errors)
        corrected = [_correct(finding, numbers) for finding in findings]
        if corrected != list(findings):
            one.errors = write_findings(corrected)


def _correct(finding: Finding, refused: set[str]) -> Finding:
    facts = (
        (("refused_row" if name == "first_row" and fact in refused else name), fact) for name, fact in finding.facts
    )
    return Finding(finding.code, finding.field, finding.severity, tuple(facts))


def _is_foreign(row: ImportRow) -> bool:
    return any(one["code"] in NOT_THIS_OFFICE for one in row.errors)


async def _count_judged(session: Session, import_id: UUID) -> int:
    counts = await ImportWork(session).count_rows(import_id)
    outcomes: Iterable[Outcome] = (Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_WARNING, Outcome.REJECTED)
    return sum(counts[outcome] for outcome in outcomes)
