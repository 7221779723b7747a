"""A workbook that comes again never overwrites what somebody changed by hand since."""

from typing import Any

import pytest

from shared.db import Database
from tests.projects.imports.importing import listed
from tests.projects.imports.sample import DEMAND_CELLS, SUPPLY_CELLS, import_file, sheet_of
from tests.projects.library import Library, ok, path_of, seen

BOTH = pytest.mark.parametrize("kind", ["demand", "supply"])
TITLE = {"demand": "需求名称", "supply": "供给项目名称"}


async def bring(
    database: Database, library: Library, kind: str, **changes: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Import one row and return its report and the entry as it stands then."""
    cells = DEMAND_CELLS if kind == "demand" else SUPPLY_CELLS
    officer = library.clerk if kind == "demand" else library.civil_affairs
    _, imported = await import_file(database, officer, path_of(kind, {"id": ""})[13:-1], sheet_of(cells, changes))
    [row] = await listed(officer, f"imports/{imported['id']}/rows")
    return row, ok(await officer.get(path_of(kind, {"id": row["subject_id"]})))


async def edit(library: Library, kind: str, thing: dict[str, Any], **changes: Any) -> dict[str, Any]:
    officer = library.clerk if kind == "demand" else library.civil_affairs
    return dict(ok(await officer.patch(path_of(kind, thing), json=changes, headers=seen(thing))))


@BOTH
async def test_a_row_that_says_what_it_said_changes_nothing(database: Database, library: Library, kind: str) -> None:
    _, thing = await bring(database, library, kind)
    edited = await edit(library, kind, thing, title="人工改过的名称")
    row, again = await bring(database, library, kind)
    assert (row["effect"], row["outcome"], row["warnings"]) == ("kept", "accept", [])
    assert again == edited


@BOTH
async def test_a_changed_row_is_a_conflict_and_is_not_applied(database: Database, library: Library, kind: str) -> None:
    _, thing = await bring(database, library, kind)
    edited = await edit(library, kind, thing, remark="人工补充")
    row, again = await bring(database, library, kind, **{TITLE[kind]: "表中改过的名称"})
    assert (row["effect"], row["outcome"]) == ("kept", "accept_with_warning")
    assert [one["code"] for one in row["warnings"]] == ["edited_by_hand"]
    assert again == edited


@BOTH
async def test_the_provenance_of_an_edited_entry_names_no_file_as_its_source(
    database: Database, library: Library, kind: str
) -> None:
    _, thing = await bring(database, library, kind)
    assert thing["provenance"]["source"] == "imported"
    amount = "budget_fen" if kind == "demand" else "available_fen"
    told = (await edit(library, kind, thing, remark="人工补充"))["provenance"]
    assert (told["source"], told["as_of"], told["amount_is_approximate"]) == ("reported", "2026-11-22", False)
    assert told["imported"] == {name: thing["provenance"][name] for name in ("as_of", "file", "row", "content")}
    again = await bring(database, library, kind)
    later = (await edit(library, kind, again[1], **{amount: 500}))["provenance"]
    assert later == {"source": "reported", "as_of": "2026-11-22", "imported": told["imported"]}


@BOTH
async def test_an_edit_that_changes_nothing_keeps_the_provenance(
    database: Database, library: Library, kind: str
) -> None:
    _, thing = await bring(database, library, kind)
    assert (await edit(library, kind, thing, title=thing["title"]))["provenance"] == thing["provenance"]


async def test_a_later_survey_stage_of_the_workbook_advances_a_draft(database: Database, library: Library) -> None:
    _, thing = await bring(database, library, "demand")
    assert thing["survey_stage"] == "visited"
    edited = await edit(library, "demand", thing, title="人工改过的名称")
    row, later = await bring(database, library, "demand", 入库阶段="筛选")
    assert (row["effect"], later["survey_stage"], later["title"]) == ("changed", "screened", "人工改过的名称")
    assert later["provenance"] == edited["provenance"]
    row, again = await bring(database, library, "demand", 入库阶段="摸底")
    assert (row["effect"], again["survey_stage"], again["version"]) == ("kept", "screened", later["version"])
