"""The mirrored organizations, and the worker that reads them from registry's feed."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from services.projects.divisions.repository import DivisionRepository
from services.projects.organizations.consumers import apply_organizations, forget_organizations
from services.projects.organizations.errors import OrganizationUnknown
from services.projects.organizations.repository import OrganizationRepository
from services.projects.settings import Settings
from services.projects.worker import handlers, loops, registry_reader
from shared.contracts.codes import EnrolmentStatus
from shared.contracts.events import CloudEvent
from shared.db import Database
from shared.http import ServiceClient
from shared.settings import CommonSettings
from shared.testing import SavepointDatabase
from tests.projects.library import COUNTY, division_event, organization_event


async def test_the_newest_event_is_mirrored_and_an_older_one_is_not(database: SavepointDatabase) -> None:
    organization_id = uuid4()
    async with database.transaction() as session:
        suspended = organization_event(organization_id, version=3, enrolment_status=EnrolmentStatus.SUSPENDED)
        await apply_organizations(session, [suspended, organization_event(uuid4(), name="四川 另一协会")], False)
        await apply_organizations(session, [organization_event(organization_id, version=2)], False)
        found = await OrganizationRepository(session).get(organization_id)
        assert found.enrolment_status is EnrolmentStatus.SUSPENDED
        names = {one.folded_name for one in await OrganizationRepository(session).list_under("51")}
        assert names == {"四川农技推广协会", "四川另一协会"}
        assert await OrganizationRepository(session).list_under("62") == []


async def test_what_registry_no_longer_has_is_forgotten(database: SavepointDatabase) -> None:
    kept, gone = uuid4(), uuid4()
    async with database.transaction() as session:
        await apply_organizations(session, [organization_event(kept), organization_event(gone)], False)
        await forget_organizations(session, {kept})
        await OrganizationRepository(session).get(kept)
        with pytest.raises(OrganizationUnknown):
            await OrganizationRepository(session).get(gone)


class FakeRegistry:
    """Serves a feed's head, snapshot and one page of events."""

    def __init__(self, present: list[CloudEvent]) -> None:
        self.present, self.following = present, list[CloudEvent]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/feed/cursor"):
            return httpx.Response(200, json={"cursor": "e.1"})
        if request.url.path.endswith("/feed/snapshot"):
            items = [one.model_dump(mode="json") for one in self.present if one.type == request.url.params["type"]]
            return httpx.Response(200, json={"items": items})
        body: Any = [one.model_dump(mode="json") for one in self.following]
        return httpx.Response(200, content=json.dumps(body), headers={"Feed-Next-Cursor": "e.2"})


async def test_the_worker_reads_divisions_and_organizations_from_registry(database: SavepointDatabase) -> None:
    organization_id, later = uuid4(), uuid4()
    registry = FakeRegistry([division_event(COUNTY, "昭觉县", None, "county"), organization_event(organization_id)])
    client = ServiceClient("http://registry", auth=None, transport=httpx.MockTransport(registry.answer))
    reader = registry_reader(database, client)
    assert await reader.read_once() == 2
    registry.following = [organization_event(later)]
    assert await reader.read_once() == 1
    async with database.transaction() as session:
        await OrganizationRepository(session).get(organization_id)
        await OrganizationRepository(session).get(later)
        assert COUNTY in await DivisionRepository(session).find_in_force([COUNTY])
    await client.close()


async def test_the_loops_of_the_worker_begin_and_end(live_database: Database, common: CommonSettings) -> None:
    settings = Settings(database_url=SecretStr(live_database.url), client_secret=SecretStr("unused"))
    stop = asyncio.Event()
    work = loops(settings, common, live_database)
    assert {"projects jobs", "projects registry feed", "projects expiry"} <= set(work)
    running = [asyncio.ensure_future(work[name](stop)) for name in ("projects expiry", "projects tidying")]
    await asyncio.sleep(0.3)
    stop.set()
    await asyncio.gather(*running)
    assert list(handlers(live_database)) == ["import_workbook"]
