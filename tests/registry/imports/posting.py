"""Post files of organizations, do their jobs, and read what became of them."""

import csv
import io
from typing import Any

from sqlalchemy import select

from services.registry.imports.rows.template import ORGANIZATIONS
from services.registry.worker import handlers
from shared.contracts.codes import Role
from shared.contracts.registry import ORGANIZATION_CHANGED
from shared.db import new_id
from shared.feed.models import FeedEvent
from shared.imports.models import Import
from shared.testing import Call, SavepointDatabase
from tests.registry.records import (
    PATH,
    SICHUAN,
    credit_code,
    officer,
)

IMPORTS = "/registry/v1/imports"
CLEAN, DIRTY = "organizations.xlsx", "organizations_dirty.xlsx"


async def post_file(
    call: Call, content: bytes, name: str, *, division: str = SICHUAN, key: str | None = None
) -> dict[str, Any]:
    answer = await officer(call, division).post(
        IMPORTS,
        data={"kind": "organizations"},
        files={"file": (name, content)},
        headers={"Idempotency-Key": key or str(new_id())},
    )
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/registry/v1/operations/{body['id']}"
    assert not body["done"]
    return body


async def payloads(database: SavepointDatabase) -> list[dict[str, Any]]:
    """Return what the jobs of all imports carry, the oldest first."""
    async with database.transaction() as session:
        rows = (await session.execute(select(Import.id).order_by(Import.id))).scalars()
        return [{"import_id": str(one)} for one in rows]


async def run_import(
    call: Call, database: SavepointDatabase, content: bytes, name: str = CLEAN, *, division: str = SICHUAN
) -> dict[str, Any]:
    """Post a file, do its job, and return its operation."""
    operation = await post_file(call, content, name, division=division)
    await handlers(database)["import_workbook"]((await payloads(database))[-1])
    body: dict[str, Any] = (await officer(call, division).get(f"/registry/v1/operations/{operation['id']}")).json()
    assert body["done"]
    return body


async def rows_of(call: Call, import_id: str, division: str = SICHUAN) -> dict[int, dict[str, Any]]:
    answer = await officer(call, division).get(f"{IMPORTS}/{import_id}/rows", params={"limit": "200"})
    return {row["row"]: row for row in answer.json()["items"]}


async def list_all(call: Call, **params: str) -> list[dict[str, Any]]:
    answer = await call(Role.PROVINCIAL_OFFICER).get(PATH, params={"limit": "200"} | params)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def count_events(database: SavepointDatabase) -> int:
    async with database.transaction() as session:
        events = await session.execute(select(FeedEvent.id).where(FeedEvent.type == ORGANIZATION_CHANGED))
        return len(events.all())


def sheet(*rows: dict[str, str]) -> bytes:
    """Return a CSV file of filed groups or of what the rows say."""
    plain = {
        "机构名称": "三台县梓州邻里互助会",
        "机构类型": "社区社会组织(备案)",
        "登记层级": "社区",
        "登记地区代码": "510722",
        "登记管理机关": "三台县民政局",
        "是否法人": "否",
        "登记状态": "正常",
        "信用状态": "正常",
        "公开募捐资格": "未知",
        "业务范围": "邻里互助",
    }
    headers = [column.header for column in ORGANIZATIONS.columns]
    out = io.StringIO()
    writer = csv.DictWriter(out, headers, restval="")
    writer.writeheader()
    writer.writerows(plain | row for row in rows)
    return out.getvalue().encode()


def agency(number: int = 1, **changes: str) -> dict[str, str]:
    """Return a row of a social service agency of 三台县."""
    return {
        "机构名称": f"三台县助学中心第{number}所",
        "统一社会信用代码": credit_code(number),
        "机构类型": "社会服务机构",
        "登记层级": "县级",
        "是否法人": "是",
    } | changes
