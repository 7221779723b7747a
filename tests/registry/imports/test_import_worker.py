"""The worker of registry takes an import's job from the queue and carries it out with real commits."""

import asyncio

import pytest
from pydantic import SecretStr

from services.registry.settings import Settings
from services.registry.worker import loops
from shared.audit.models import Effect
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import Call
from tests.registry.imports.posting import IMPORTS, agency, sheet
from tests.registry.records import PATH, SANTAI, SICHUAN, add_divisions, officer
from tests.shared.audit.log import entries_of


@pytest.mark.real_commits
async def test_the_worker_carries_out_what_was_posted(
    live_call: Call, live_database: Database, common: CommonSettings
) -> None:
    await add_divisions(live_database, SICHUAN, SANTAI)
    posted = await officer(live_call, SICHUAN).post(
        IMPORTS, data={"kind": "organizations"}, files={"file": ("机构.csv", sheet(agency(1), agency(2)))}
    )
    running = loops(Settings(database_url=SecretStr(live_database.url)), common, live_database)
    names = {"jobs", "sequencer", "audit chain", "expiry", "keys", "tidying"}
    assert {f"registry {name}" for name in names} == set(running)
    stop = asyncio.Event()
    tasks = [asyncio.create_task(loop(stop)) for loop in running.values()]
    try:
        for _ in range(100):
            await asyncio.sleep(0.2)
            operation = (await officer(live_call, SICHUAN).get(posted.headers["location"])).json()
            if operation["done"]:
                break
    finally:
        stop.set()
        await asyncio.gather(*tasks)
    assert operation["result"]["created"] == 2
    made = [one for one in await entries_of(live_database) if one.object_type == "organizations"]
    (asked,) = {
        (one.subject, one.role, one.issuer)
        for one in await entries_of(live_database)
        if one.object_type == "imports" and one.effect is Effect.CREATED
    }
    # The officer is who it is done for and in whose role; the platform is the means.
    assert {(one.acting_for, one.role, one.issuer) for one in made} == {asked}
    assert {(one.subject, one.action, one.client_address) for one in made} == {("platform", "import_workbook", None)}
    listed = await officer(live_call).get(PATH)
    assert len(listed.json()["items"]) == 2
