"""Uploads are taken once, refused when they lack something, and seen by their own office."""

from typing import Any

import pytest
from sqlalchemy import text

from services.registry.imports.actions import KINDS
from services.registry.imports.models import ImportKind
from shared import clock
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.db import new_id
from shared.imports.actions import apply_rows
from shared.testing import Call, SavepointDatabase
from tests.registry.imports.posting import (
    IMPORTS,
    agency,
    payloads,
    post_file,
    rows_of,
    run_import,
    sheet,
)
from tests.registry.records import (
    MIANYANG,
    SANTAI,
    SICHUAN,
    ZHAOJUE,
    officer,
)

pytestmark = pytest.mark.usefixtures("places")


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2026-11-22")


async def test_the_form_can_be_downloaded_and_comes_back_as_an_empty_import(
    call: Call, database: SavepointDatabase
) -> None:
    form = await officer(call).get("/registry/v1/import-templates/organizations")
    assert form.headers["content-type"].endswith("spreadsheetml.sheet")
    result = (await run_import(call, database, form.content))["result"]
    assert (result["accepted"], result["rejected"], result["created"]) == (0, 0, 0)
    unknown = await officer(call).get("/registry/v1/import-templates/demands")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/registry/problems/template-not-found")


@pytest.mark.parametrize(
    ("content", "code"), [(b"\xd0\xcf\x11\xe0 old", None), (b"x,y\n1,2\n", "header_not_found"), (b"PK\x03\x04", None)]
)
async def test_a_file_that_cannot_be_read_fails_the_operation_with_a_problem(
    call: Call, database: SavepointDatabase, content: bytes, code: str | None
) -> None:
    operation = await run_import(call, database, content, "机构.csv")
    assert operation["result"] is None
    assert operation["error"]["type"] == "/registry/problems/file-refused"
    assert operation["error"]["findings"]
    read = (await officer(call, SICHUAN).get(f"{IMPORTS}/{operation['error']['import_id']}")).json()
    assert read["refused"]
    assert code in {None, read["findings"][0]["code"]}
    assert (await call(None).get("/registry/problems/file-refused")).status_code == 200


async def test_an_upload_sent_again_has_one_effect_and_another_file_is_refused(
    call: Call, database: SavepointDatabase
) -> None:
    key = str(new_id())
    first = await post_file(call, sheet(agency(1)), "机构.csv", key=key)
    again = await post_file(call, sheet(agency(1)), "机构.csv", key=key)
    assert (again["id"], len(await payloads(database))) == (first["id"], 1)
    for content, name in ((sheet(agency(2)), "机构.csv"), (sheet(agency(1)), "别的.csv")):
        refused = await officer(call, SICHUAN).post(
            IMPORTS, data={"kind": "organizations"}, files={"file": (name, content)}, headers={"Idempotency-Key": key}
        )
        assert (refused.status_code, refused.json()["type"]) == (422, "/registry/problems/idempotency-key-reused")


async def test_a_job_is_enqueued_with_the_file(call: Call, database: SavepointDatabase) -> None:
    await post_file(call, sheet(agency(1)), "机构.csv")
    async with database.transaction() as session:
        jobs = await session.execute(text("select entrypoint, convert_from(payload, 'utf8') from pgqueuer"))
        [(entrypoint, payload)] = jobs.all()
    assert (entrypoint, (await payloads(database))[0]["import_id"] in payload) == ("import_workbook", True)


@pytest.mark.parametrize(
    ("data", "files", "pointer"),
    [
        ({"kind": "demands"}, {"file": ("a.csv", b"x")}, "/kind"),
        ({}, {"file": ("a.csv", b"x")}, "/kind"),
        ({"kind": "organizations"}, {}, "/file"),
        ({"kind": "organizations"}, {"file": ("a.csv", b"")}, "/file"),
    ],
)
async def test_an_upload_lacking_something_is_refused(
    call: Call, data: dict[str, str], files: dict[str, Any], pointer: str
) -> None:
    refused = await officer(call).post(IMPORTS, data=data, files=files or None)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_imports_are_the_civil_affairs_offices_and_each_sees_its_own(
    call: Call, database: SavepointDatabase
) -> None:
    result = (await run_import(call, database, sheet(agency(1)), division=SANTAI))["result"]
    path = f"{IMPORTS}/{result['import_id']}"
    for caller in (officer(call, MIANYANG), call(Role.PROVINCIAL_OFFICER)):
        assert (await caller.get(path)).status_code == 200
    for below in ("", "/rows", "/report"):
        assert (await officer(call, ZHAOJUE).get(path + below)).status_code == 404
        assert (await call(Role.RURAL_OFFICER, division=SANTAI).get(path + below)).status_code == 403
    assert (await officer(call, ZHAOJUE).get(IMPORTS)).json()["items"] == []
    assert (await call(Role.CIVIL_AFFAIRS_OFFICER).get(IMPORTS)).json()["items"] == []
    nowhere = await call(Role.CIVIL_AFFAIRS_OFFICER).post(
        IMPORTS, data={"kind": "organizations"}, files={"file": ("a.csv", sheet(agency(1)))}
    )
    assert (nowhere.status_code, nowhere.json()["type"]) == (403, "/registry/problems/out-of-scope")


async def test_a_step_after_the_end_does_nothing(call: Call, database: SavepointDatabase) -> None:
    await run_import(call, database, sheet(agency()))
    import_id = (await payloads(database))[-1]["import_id"]
    async with database.transaction() as session:
        kind = KINDS[ImportKind.ORGANIZATIONS]
        await apply_rows(session, import_id=import_id, kind=kind, rows=[], rows_done=9, at=clock.now())
    rows = await rows_of(call, import_id)
    assert len(rows) == 1
