"""After the whole story, no contact and no refused value is anywhere but where it belongs."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from openpyxl import Workbook, load_workbook

from deploy.demo.actors import Actor, Cast
from deploy.demo.contacts import MARK
from deploy.demo.offices import play_nation
from tests.e2e.conftest import Told
from tests.platform import SERVICES

pytestmark = pytest.mark.xdist_group("platform")
REFUSED = ("19900009871", "519999190001010016", "6222000000000000004", "leaked-9872@example.com", "0816-2349873")
CONTACT_MARKS = (MARK, "fictitious-", "1990000")
"""What every contact of the story holds; sealed, none of it can be found."""
WHERE = ("title", "description", "remark", "policy_gap")


@pytest.fixture
async def cast(told: Told) -> AsyncIterator[Cast]:
    made = Cast(told.stage.urls, told.stage.secrets, told.stage.folder / "demo-clients.json")
    yield made
    await made.close()


async def try_refused_values(cast: Cast, told: Told) -> list[str]:
    """Send every value in every way that takes a text or a file, and return the answers."""
    clerk = await play_nation(cast)
    civil = await cast.play("civil-affairs-a", "civil_affairs_officer", "省民政厅 经办", division="510000000000")
    body = {"title": "修渠", "description": "修渠", "division": "513431000000", "ends_on": "2027-12-31", "persons": 90}
    answers = []
    for value in REFUSED:
        for field in WHERE:
            sent = await clerk.send("POST", "/projects/v1/demands", body=body | {field: f"请联系 {value}"})
            assert sent.status_code == 422
            answers.append(sent)
        made = {"client_id": f"client-{len(answers)}", "name": f"负责 {value}", "role": "partner_application"}
        answers.append(await clerk.send("POST", "/registry/v1/api-clients", body=made))
        answers.append(await clerk.send("GET", f"/projects/v1/demands/{value}"))
        answers.append(await clerk.send("GET", f"/projects/v1/demands?status={value}&division={value}"))
        answers.append(await civil.send("POST", "/registry/v1/organizations", body={"name": f"联系 {value}"}))
        contact = {"person": "x", "phone": "x", "email": value, "note": value}
        answers.append(await clerk.send("PUT", f"/projects/v1/demands/{value}/contact", body=contact))
        headers = {"X-Request-ID": value, "Accept-Language": "en"}
        answers.append(await clerk.send("GET", "/projects/v1/demands?limit=0", headers=headers))
        answers.append(await clerk.send("POST", "/matching/v1/subscriptions", body={
            "endpoint": "http://127.0.0.1:9/x", "event_types": ["platform.ping.v1"], "description": value,
        }))  # fmt: skip
    return [answer.text + repr(answer.headers) for answer in answers] + await import_refused_values(clerk)


async def import_refused_values(clerk: Actor) -> list[str]:
    """Import a workbook that holds the values in cells, headings, sheet and file names; return all that tells of it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"表{REFUSED[0]}"
    sheet.append(["需求编号", "需求名称", "需求描述", "受益人数", "备注", f"联系 {REFUSED[0]}"])
    for number, value in enumerate(REFUSED):
        sheet.append([f"XQ-Z{number}", f"修渠 {value}", f"拨打 {value}", 40, value, value])
    content = io.BytesIO()
    book.save(content)
    operation = await clerk.post(
        "/projects/v1/imports", data={"kind": "demands"}, files={"file": (f"{REFUSED[0]}.xlsx", content.getvalue())}
    )
    while not operation["done"]:
        operation = await clerk.get(f"/projects/v1/operations/{operation['id']}")
    import_id = (operation.get("result") or operation["error"])["import_id"]
    path = f"/projects/v1/imports/{import_id}"
    report = await clerk.send("GET", f"{path}/report")
    cells = [cell.value for row in load_workbook(io.BytesIO(report.content)).worksheets[0] for cell in row]
    return [json.dumps([operation, await clerk.get(path), await clerk.list(f"{path}/rows"), cells], ensure_ascii=False)]


async def read_all_tables(told: Told) -> dict[str, str]:
    """Return the text of every row of the three databases, as the owner sees them: feeds, webhooks, reports, all."""
    found = {}
    for service in SERVICES:
        dsn = told.platform.access[service].owner_dsn.replace("postgresql+asyncpg", "postgresql")
        connection = await asyncpg.connect(dsn)
        try:
            tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
            for (table,) in tables:
                bodies = {"push_events": "convert_from(body, 'UTF8')"}.get(table, "''")
                rows = await connection.fetch(f'select t::text || {bodies} as row from "{table}" t')  # noqa: S608
                found[f"{service}.{table}"] = "\n".join(row["row"] or "" for row in rows)
        finally:
            await connection.close()
    return found


async def read_feeds(told: Told) -> dict[str, str]:
    """Return every page of every feed as the services read it."""
    found = {}
    for service in SERVICES:
        reader = Actor(told.stage.urls, service, told.platform.secrets[service])
        cursor, pages = "", ""
        while True:
            path = f"/{service}/v1/feed?limit=1000" + (f"&lastEventId={cursor}" if cursor else "")
            answer = await reader.send("GET", path)
            assert answer.status_code == 200, answer.text
            if not answer.json():
                break
            pages, cursor = pages + answer.text, answer.headers["feed-next-cursor"]
        found[f"feed of {service}"] = pages
        await reader.close()
    return found


async def read_audit_exports(told: Told) -> dict[str, str]:
    """Return every audit log as its administrator downloads it, in both forms."""
    auditor = Actor(told.stage.urls, "audit-administrator", told.platform.secrets["audit-administrator"])
    found = {}
    for service in SERVICES:
        for form in ("csv", "ndjson"):
            answer = await auditor.send("GET", f"/{service}/v1/audit-entries/export?format={form}")
            assert answer.status_code == 200, answer.text
            found[f"audit export of {service} as {form}"] = answer.text + repr(answer.headers)
    await auditor.close()
    return found


async def read_lists(cast: Cast) -> dict[str, str]:
    """Return what the public lists show to a partner application."""
    application = await cast.play("leak-watcher", "partner_application", "检查")
    paths = ("/registry/v1/organizations", "/projects/v1/demands", "/projects/v1/supplies")
    return {path: json.dumps(await application.list(path), ensure_ascii=False) for path in paths}


async def test_no_contact_and_no_refused_value_is_found_anywhere(told: Told, cast: Cast) -> None:
    assert told.report["contacts_shown"] > 0
    answers = await try_refused_values(cast, told)
    places: dict[str, Any] = {f"answer {number}": text for number, text in enumerate(answers)}
    places |= {file.name: file.read_text(errors="replace") for file in told.platform.folder.glob("*.log")}
    places |= await read_all_tables(told) | await read_feeds(told) | await read_lists(cast)
    places |= await read_audit_exports(told)
    exports = [text for place, text in places.items() if place.startswith("audit export")]
    assert len(exports) == 6
    assert all(len(text.splitlines()) > 100 for text in exports)
    assert "supply_contact" in places["audit export of matching as csv"]
    assert {"registry-api.log", "projects.feed_events", "matching.push_events", "projects.demand_contacts"} <= {*places}
    assert "supply_contact" in places["matching.audit_entries"]
    assert all(
        len(places[f"{owner}_contacts"].splitlines()) > 3 for owner in ("projects.demand", "registry.organization")
    )
    leaks = [
        f"{mark} in {place}" for place, text in places.items() for mark in (*REFUSED, *CONTACT_MARKS) if mark in text
    ]
    assert not leaks


async def test_a_side_finds_the_contact_where_it_belongs(told: Told, cast: Cast) -> None:
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division="510000000000")
    pairing = next(one for one in await watcher.list("/matching/v1/pairings") if one["phase"] == "in_talks")
    path = f"/matching/v1/pairings/{pairing['id']}/contacts"
    county = await cast.county(pairing["demand_division"])
    found = await county.get(path)
    assert MARK in found["demand"]["person"]
    assert MARK in found["supply"]["person"]
    refused: httpx.Response = await watcher.send("GET", path)
    assert refused.status_code == 403
