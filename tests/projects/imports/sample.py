"""The sample's divisions and organizations as registry announces them, and workbooks as officials upload them."""

import csv
import gzip
import uuid
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from openpyxl import load_workbook

from services.projects.divisions.consumers import apply_divisions
from services.projects.organizations.consumers import apply_organizations
from services.projects.worker import handlers
from shared.china.divisions import level_of, normalise_division_code
from shared.contracts.dictionaries import codes_by_label
from shared.contracts.events import CloudEvent
from shared.db import Database
from shared.testing import Caller
from tests.projects.library import division_event, ok, organization_event

REFERENCE = Path(__file__).parents[3] / "services" / "registry" / "reference"
SAMPLE = Path(__file__).parents[2] / "data" / "sample"
DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "data"
TYPES = codes_by_label("organization_type")
DEMAND_CELLS = {
    "需求编号": "X1", "县(市、区)代码": "513431", "县(市、区)": "昭觉县", "乡镇(街道)": "新城镇", "需求层级": "村",
    "需求名称": "山坪塘淤了", "需求描述": "想请人清淤", "需求领域": "产业振兴", "帮扶形式": "资金帮扶",
    "受益对象": "村集体", "受益人数": "100", "资金需求(万元)": "8", "帮扶模式": "输血", "是否需公开募捐": "否",
    "对接方式": "无", "政策保障缺口": "不含该项", "需求来源": "走访", "入库阶段": "走访", "期望开始日期": "2027-01-01",
    "期望完成日期": "2027-12-31", "填报单位": "昭觉县农业农村局", "填报日期": "2026-11-10",
}  # fmt: skip
SUPPLY_CELLS = {
    "项目编号": "G1", "供给主体名称": "四川农技推广协会", "供给项目名称": "嫁接课堂", "项目简介": "每季度讲课",
    "服务领域": "科技助农", "帮扶形式": "智力帮扶", "受益对象": "农户", "帮扶模式": "造血", "服务区域代码": "510000",
    "可承接总数": "5", "已承接数": "1", "开始日期": "2026-03-01", "结束日期": "2099-02-28",
}  # fmt: skip


def sheet_of(cells: dict[str, str], *rows: dict[str, str]) -> bytes:
    """Return a CSV of one plain row for each set of changes."""
    lines = [",".join(f'"{name}"' for name in cells)]
    lines += [",".join(f'"{value}"' for value in (cells | row).values()) for row in rows or ({},)]
    return "\n".join(lines).encode()


def _read(name: str) -> list[dict[str, str]]:
    raw = (REFERENCE / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


@cache
def reference_events() -> list[CloudEvent]:
    """Return every county and above, the towns of Sichuan, and the codes out of force with their successors."""
    former, successors, names = defaultdict(set), defaultdict(list), {}
    for change in _read("county_code_changes_2000_2026.csv"):
        if change["old_code"] and change["new_code"]:
            old, new = normalise_division_code(change["old_code"]), normalise_division_code(change["new_code"])
            if old == new:
                former[new].add(change["old_name"])
            else:
                successors[old].append(new)
                names[old] = change["old_name"]
    current = {
        normalise_division_code(row["code"]): (row["name"], row["parent_code"])
        for row in _read("divisions_l1_l3_20251231.csv")
    } | {
        normalise_division_code(row["code9"]): (row["name"], row["county_code"])
        for row in _read("townships_20251231.csv.gz")
        if row["code9"].startswith("51")
    }
    events = [
        division_event(
            code, name, normalise_division_code(parent) if parent else None, level_of(code).value,
            former_names=sorted(former[code]),
        )
        for code, (name, parent) in current.items()
    ]  # fmt: skip
    return events + [
        division_event(code, names[code], None, "county", last_valid_on=date(2020, 12, 31), successor_codes=following)
        for code, following in successors.items()
        if code not in current
    ]


def organization_events() -> list[CloudEvent]:
    """Return the 96 organizations of the sample, with their record in Sichuan."""
    sheet = load_workbook(DEMO / "organizations.xlsx")["填报表"]
    events = []
    for row in sheet.iter_rows(min_row=4, values_only=True):
        name, code, kind = str(row[2]), row[3], str(row[4]).replace("（", "(").replace("）", ")")
        identity = uuid.uuid5(uuid.NAMESPACE_OID, name)
        events.append(
            organization_event(identity, name=name, credit_code=str(code) if code else None, type=TYPES[kind])
        )
    return events


async def mirror_sample(database: Database) -> None:
    """Put the sample's divisions and organizations into the read models."""
    async with database.transaction() as session:
        events = reference_events()
        for start in range(0, len(events), 1000):
            await apply_divisions(session, events[start : start + 1000], False)
        await apply_organizations(session, organization_events(), False)


async def upload(caller: Caller, kind: str, content: bytes, name: str = "表.csv", **options: Any) -> httpx.Response:
    """Upload a file as an import."""
    files = {"file": (name, content, "application/octet-stream")}
    return await caller.post("/projects/v1/imports", data={"kind": kind}, files=files, **options)


async def run_import(database: Database, caller: Caller, operation: dict[str, Any]) -> dict[str, Any]:
    """Let the worker carry out the import of an operation and return the import as it stands then."""
    imports = ok(await caller.get("/projects/v1/imports"))["items"]
    identity = next(one["id"] for one in imports if one["operation_id"] == operation["id"])
    await handlers(database)["import_workbook"]({"import_id": identity})
    return dict(ok(await caller.get(f"/projects/v1/imports/{identity}")))


async def import_file(
    database: Database, caller: Caller, kind: str, content: bytes, name: str = "表.csv"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Upload a file, carry out its import, and return the operation and the import."""
    begun = ok(await upload(caller, kind, content, name), 202)
    imported = await run_import(database, caller, begun)
    return dict(ok(await caller.get(f"/projects/v1/operations/{begun['id']}"))), imported
