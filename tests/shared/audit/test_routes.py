"""The audit administrator alone reads the log, by filter and page and as a file, and each reading is recorded."""

import csv
import io
import json

import pytest
from fastapi import FastAPI

from shared.audit.models import Effect
from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import ISSUER, Call, granted
from tests.shared.audit.log import entries_of, fill
from tests.shared.tiny_app import add_thing

LOG = "/tiny/v1/audit-entries"
OTHERS = [role for role in Role if role is not Role.AUDIT_ADMINISTRATOR]


@pytest.mark.parametrize("role", [*OTHERS, None])
async def test_nobody_else_reads_the_log(tiny_call: Call, role: Role | None) -> None:
    for path in (LOG, f"{LOG}/export"):
        assert (await tiny_call(role).get(path)).status_code == (403 if role else 401)


async def test_the_log_is_read_newest_first_page_by_page_and_by_filter(tiny: Database, tiny_call: Call) -> None:
    await fill(tiny, 95)
    thing = await add_thing(tiny, "one")
    auditor = tiny_call(Role.AUDIT_ADMINISTRATOR)
    first = (await auditor.get(f"{LOG}?limit=2&subject=officer-3")).json()
    assert [entry["request_id"] for entry in first["items"]] == ["request-93", "request-3"]
    whole = (await auditor.get(f"{LOG}?limit=50&action=publish_demand")).json()
    rest = (await auditor.get(f"{LOG}?limit=50&action=publish_demand&cursor={whole['next_cursor']}")).json()
    assert len(whole["items"]) + len(rest["items"]) == 95
    for wanted in (f"object_type=things&object_id={thing}", "effect=created", "subject=platform"):
        found = (await auditor.get(f"{LOG}?{wanted}")).json()["items"]
        assert [entry["object_id"] for entry in found] == [str(thing)]
    assert (await auditor.get(f"{LOG}?request_id=request-7")).json()["items"][0]["subject"] == "officer-7"
    assert not (await auditor.get(f"{LOG}?result=refused")).json()["items"]
    assert not (await auditor.get(f"{LOG}?until=2020-01-01T00:00:00Z")).json()["items"]
    assert len((await auditor.get(f"{LOG}?since=2020-01-01T00:00:00Z&role=rural_officer")).json()["items"]) == 50


async def test_what_applications_try_for_somebody_is_found_by_whom_they_act_for_and_by_issuer(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call
) -> None:
    for office in ("office-1", "office-2"):
        acting = tiny_call(Role.RURAL_OFFICER, sub=office, grant=granted("demands.read", application="app"))
        assert (await acting.post("/tiny/v1/things", json={"name": "one"})).status_code == 403
    await tiny_app.state.refusals.write(tiny)
    auditor = tiny_call(Role.AUDIT_ADMINISTRATOR)
    found = (await auditor.get(LOG, params={"acting_for": "office-1"})).json()["items"]
    assert [(entry["subject"], entry["acting_for"]) for entry in found] == [("app", "office-1")]
    assert len((await auditor.get(LOG, params={"issuer": ISSUER, "result": "refused"})).json()["items"]) == 2
    # The longest name that a caller of another issuer can have.
    longest = f"https://{'i' * 192}#{'s' * 255}"
    assert (await auditor.get(LOG, params={"subject": longest})).status_code == 200


async def test_a_reading_of_the_log_is_in_the_log_with_the_names_of_its_conditions(
    tiny: Database, tiny_call: Call
) -> None:
    await tiny_call(Role.AUDIT_ADMINISTRATOR, sub="审计").get(f"{LOG}?subject=who-is-suspected")
    await tiny_call(Role.AUDIT_ADMINISTRATOR, sub="审计").get(f"{LOG}/export")
    listed, exported = await entries_of(tiny)
    assert (listed.subject, listed.effect, listed.object_type) == ("审计", Effect.READ, "audit_entries")
    assert (listed.action, listed.fields) == ("list_audit_entries", ["subject"])
    assert exported.action == "export_audit_entries"


async def test_the_whole_log_is_exported_as_csv_and_as_json_lines(
    tiny: Database, tiny_call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.audit.repository.EXPORTED_AT_ONCE", 10)
    await fill(tiny, 25)
    auditor = tiny_call(Role.AUDIT_ADMINISTRATOR, sub="=cmd()")
    lines = (await auditor.get(f"{LOG}/export?format=ndjson&action=publish_demand")).text.splitlines()
    assert [json.loads(line)["request_id"] for line in lines] == [f"request-{number}" for number in range(1, 26)]
    answer = await auditor.get(f"{LOG}/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="tiny-audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 27  # both exports are in it
    assert rows[0]["fields"] == "status published_at"
    assert rows[-1]["subject"] == "'=cmd()"
