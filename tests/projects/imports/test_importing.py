"""Imports over HTTP become drafts: the sample files, dirty files, re-imports, and scope."""

from collections import Counter
from typing import Any

import pytest

from shared.db import Database
from shared.testing import Caller
from tests.projects.imports.importing import listed, summary
from tests.projects.imports.sample import DEMAND_CELLS, DEMO, SUPPLY_CELLS, import_file, mirror_sample, sheet_of
from tests.projects.library import Library, change, ok, path_of
from tests.shared.expected_rows import SAMPLE, expectations


async def test_the_ninety_demands_become_drafts_and_a_second_import_changes_nothing(
    database: Database, library: Library, nation: Caller
) -> None:
    await mirror_sample(database)
    content = (DEMO / "demands.xlsx").read_bytes()
    operation, imported = await import_file(database, nation, "demands", content, "demands.xlsx")
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=90, created=90)}
    assert operation["progress"] == {"steps_done": 90, "steps_total": 90}
    assert (operation["kind"], imported["sheet"], imported["file_name"]) == ("import_demands", "填报表", "demands.xlsx")
    drafts = await listed(nation, "demands", import_id=imported["id"])
    assert {one["status"] for one in drafts} == {"draft"}
    assert Counter(one["survey_stage"] for one in drafts)["admitted"] == 71
    first = next(one for one in drafts if one["source_number"] == "XQ001")
    assert (first["division"][:6], first["budget_fen"], first["town_name"]) == ("513436", 42_000_000, "牛牛坝镇")
    assert first["owner_division"] == "513436000000"
    assert first["policy_gap"]
    assert await library.events() == []
    before = {one["id"]: one["version"] for one in drafts}
    again, _ = await import_file(database, nation, "demands", content, "demands.xlsx")
    assert again["result"] == {"import_id": again["result"]["import_id"], **summary(accepted=90, unchanged=90)}
    assert {one["id"]: one["version"] for one in await listed(nation, "demands")} == before
    for demand in drafts[:3]:
        ok(await change(nation, f"{path_of('demand', demand)}/submit", demand))


async def test_the_137_supplies_find_their_organizations(database: Database, library: Library) -> None:
    await mirror_sample(database)
    content = (DEMO / "supplies.xlsx").read_bytes()
    operation, imported = await import_file(database, library.civil_affairs, "supplies", content, "supplies.xlsx")
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=137, created=137)}
    drafts = await listed(library.civil_affairs, "supplies", import_id=imported["id"])
    assert {one["status"] for one in drafts} == {"draft"}
    first = next(one for one in drafts if one["source_number"] == "DS001")
    assert (first["capacity_total"], first["capacity_used_elsewhere"]) == (40, 31)
    assert (first["service_regions"], first["available_fen"]) == (["*"], 600_000_000)
    for supply in drafts:
        ok(await change(library.civil_affairs, f"{path_of('supply', supply)}/submit", supply))
    again, _ = await import_file(database, library.civil_affairs, "supplies", content, "supplies.xlsx")
    assert again["result"]["unchanged"] == 137


@pytest.mark.parametrize(
    ("kind", "file"),
    [("demands", "demands_dirty.xlsx"), ("demands", "demands_gb18030.csv"), ("supplies", "supplies_dirty.xlsx")],
)
async def test_dirty_files_come_out_row_by_row_as_expected(
    database: Database, library: Library, nation: Caller, kind: str, file: str
) -> None:
    await mirror_sample(database)
    officer = nation if kind == "demands" else library.civil_affairs
    operation, imported = await import_file(database, officer, kind, (SAMPLE / file).read_bytes(), file)
    rows = {row["row"]: row for row in await listed(officer, f"imports/{imported['id']}/rows")}
    for expected in expectations(file)["rows"]:
        outcome = {"refuse_or_mask": "reject"}.get(expected["outcome"], expected["outcome"])
        if outcome == "ignore":
            assert expected["row"] not in rows or rows[expected["row"]]["outcome"] == "ignore"
            continue
        row = rows[expected["row"]]
        assert row["outcome"] == outcome, (expected, row)
        assert {one["code"] for one in expected["errors"]} <= {one["code"] for one in row["errors"]}
        assert (row["effect"] is None) == (outcome == "reject")
    counts = Counter(row["outcome"] for row in rows.values())
    result = operation["result"]
    assert result["rejected"] == counts["reject"] > 0
    assert result["created"] == counts["accept"] + counts["accept_with_warning"]
    assert len(await listed(officer, kind, import_id=imported["id"])) == result["created"]
    texts = str(rows) + str(imported)
    for secret in ("19900000001", "519999190001010016", "6222000000000000004"):
        assert secret not in texts


async def test_a_county_imports_its_own_demands_only(database: Database, library: Library) -> None:
    elsewhere = {"需求编号": "X2", "县(市、区)代码": "510722", "县(市、区)": "三台县", "乡镇(街道)": ""}
    content = sheet_of(DEMAND_CELLS, {}, elsewhere)
    operation, imported = await import_file(database, library.clerk, "demands", content)
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=1, rejected=1, created=1)}
    [row] = await listed(library.clerk, f"imports/{imported['id']}/rows", outcome="reject")
    assert (row["row"], row["key"], row["subject_id"]) == (3, "X2", None)
    [error] = row["errors"]
    assert (error["code"], error["field"]) == ("demand_out_of_scope", "县(市、区)代码")
    assert "管辖" in error["zh"]
    assert "division" in error["en"]
    [demand] = await listed(library.clerk, "demands")
    assert (demand["division"], demand["survey_stage"]) == ("513431100000", "visited")
    assert demand["provenance"]["source"] == "imported"


async def test_a_repeated_row_does_not_say_that_a_refused_one_counts(database: Database, library: Library) -> None:
    elsewhere = {"需求编号": "X2", "县(市、区)代码": "510722", "县(市、区)": "三台县", "乡镇(街道)": ""}
    _, imported = await import_file(
        database, library.clerk, "demands", sheet_of(DEMAND_CELLS, {}, elsewhere, {"需求编号": "X2"}, {})
    )
    rows = {one["row"]: one for one in await listed(library.clerk, f"imports/{imported['id']}/rows", outcome="reject")}
    assert sorted(rows) == [3, 4, 5]
    assert "Row 3 was refused too" in rows[4]["errors"][0]["en"]
    assert "Row 2 counts" in rows[5]["errors"][0]["en"]


@pytest.mark.parametrize(("own", "said"), [(0, True), (1, False)])
async def test_a_file_of_another_county_is_called_so_once(
    database: Database, library: Library, own: int, said: bool
) -> None:
    place = {"县(市、区)代码": "510722", "县(市、区)": "三台县", "乡镇(街道)": ""}
    changes = [place | {"需求编号": f"X{number}"} for number in range(4)] + [{}] * own
    _, imported = await import_file(database, library.clerk, "demands", sheet_of(DEMAND_CELLS, *changes))
    found = ok(await library.clerk.get(f"/projects/v1/imports/{imported['id']}"))["findings"]
    assert [one["code"] for one in found] == ["not_your_area"] * said


async def test_a_civil_affairs_office_imports_for_organizations_of_its_own_record(
    database: Database, library: Library
) -> None:
    content = sheet_of(SUPPLY_CELLS)
    foreign, _ = await import_file(database, library.other_civil_affairs, "supplies", content)
    assert foreign["result"]["rejected"] == 1
    own, imported = await import_file(database, library.civil_affairs, "supplies", content)
    assert own["result"]["created"] == 1
    [row] = await listed(library.civil_affairs, f"imports/{imported['id']}/rows")
    supply = ok(await library.organization.get(f"/projects/v1/supplies/{row['subject_id']}"))
    assert supply["organization_id"] == str(library.organization_id)
    assert supply["capacity_used_elsewhere"] == 1


async def test_a_second_import_changes_drafts_and_leaves_what_is_in_review_alone(
    database: Database, library: Library
) -> None:
    async def bring(cells: dict[str, str], officer: Caller, kind: str, **changes: str) -> tuple[str, dict[str, Any]]:
        _, imported = await import_file(database, officer, kind, sheet_of(cells, changes))
        [row] = await listed(officer, f"imports/{imported['id']}/rows")
        return row["effect"], ok(await officer.get(f"/projects/v1/{kind}/{row['subject_id']}"))

    for cells, officer, reviewer, kind, title in (
        (DEMAND_CELLS, library.clerk, library.reviewer, "demands", "需求名称"),
        (SUPPLY_CELLS, library.civil_affairs, library.civil_reviewer, "supplies", "供给项目名称"),
    ):
        single = kind[:-1] if kind == "demands" else "supply"
        assert (await bring(cells, officer, kind))[0] == "created"
        effect, thing = await bring(cells, officer, kind, **{title: "改过的名称"})
        assert (effect, thing["title"]) == ("changed", "改过的名称")
        submitted = ok(await change(officer, f"{path_of(single, thing)}/submit", thing))
        effect, thing = await bring(cells, officer, kind, **{title: "又改名称"})
        assert (effect, thing["title"]) == ("kept", "改过的名称")
        returned = await library.review(single, submitted, reviewer, decision="return", note="请核对名称")
        ok(returned, 201)
        effect, thing = await bring(cells, officer, kind, **{title: "又改名称"})
        assert (effect, thing["title"], thing["status"]) == ("changed", "又改名称", "returned")
        assert (await library.events())[-1]["reason"] == "imported"


async def test_a_number_in_other_capitals_is_the_same_number(database: Database, library: Library) -> None:
    for cells, number, officer, kind in (
        (DEMAND_CELLS, "需求编号", library.clerk, "demands"),
        (SUPPLY_CELLS, "项目编号", library.civil_affairs, "supplies"),
    ):
        first, _ = await import_file(database, officer, kind, sheet_of(cells, {number: "X1a"}))
        again, _ = await import_file(database, officer, kind, sheet_of(cells, {number: "x1A"}))
        assert (first["result"]["created"], again["result"]["unchanged"]) == (1, 1)
        assert [one["source_number"] for one in await listed(officer, kind, source_number="x1a")] == ["X1a"]
