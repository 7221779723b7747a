"""The contact of an organization: its own and its office's, sealed, and matching's to ask for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from services.registry.contacts.models import OrganizationContact
from services.registry.organizations.models import Organization
from services.registry.settings import Settings
from services.registry.worker import forget
from shared import clock
from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import Call
from tests.registry.records import PATH, ZHAOJUE, activate, create, officer

CONTACT = {"person": "演示联系人", "phone": "19900000052", "email": "demo-52@example.org"}

pytestmark = pytest.mark.usefixtures("places")


async def test_itself_and_its_office_keep_it_and_nobody_else(call: Call, database: Database) -> None:
    organization = await activate(officer(call), await create(officer(call)))
    path = f"{PATH}/{organization['id']}/contact"
    itself = call(Role.ORGANIZATION, organization_id=organization["id"])
    assert (await itself.get(path)).json()["type"].endswith("contact-not-found")
    assert (await itself.put(path, json=CONTACT)).json().items() >= CONTACT.items()
    assert (await officer(call).get(path)).json()["person"] == CONTACT["person"]
    assert (await call(Role.SERVICE, sub="matching").get(path)).json()["phone"] == CONTACT["phone"]
    other = call(Role.ORGANIZATION, organization_id=uuid4())
    for stranger in (other, officer(call, ZHAOJUE)):
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.put(path, json=CONTACT)).status_code == 404
        assert (await stranger.delete(path)).status_code == 404
    for role in (Role.PROVINCIAL_OFFICER, Role.RURAL_OFFICER, Role.SUPERVISING_UNIT, Role.AUDIT_ADMINISTRATOR):
        assert (await call(role, division=ZHAOJUE).get(path)).status_code == 403
    shown = (await itself.get(f"{PATH}/{organization['id']}")).text
    async with database.transaction() as session:
        for table in ("organization_contacts", "feed_events", "organizations"):
            shown += repr((await session.execute(text(f"select t::text from {table} t"))).all())  # noqa: S608
    assert not [value for value in CONTACT.values() if value in shown]
    assert (await itself.delete(path)).status_code == 204
    assert (await itself.get(path)).status_code == 404


async def test_the_contact_of_who_left_is_forgotten_in_time(call: Call, database: Database) -> None:
    staying, leaving = [await create(officer(call), number) for number in (1, 2)]
    for one in (staying, leaving):
        assert (await officer(call).put(f"{PATH}/{one['id']}/contact", json=CONTACT)).status_code == 200
    for step in ("activate", "suspend", "leave"):
        known = await officer(call).get(f"{PATH}/{leaving['id']}")
        left = await officer(call).post(f"{PATH}/{leaving['id']}/{step}", headers={"If-Match": known.headers["etag"]})
        assert left.status_code == 200
    async with database.transaction() as session:
        long_ago = clock.now() - timedelta(days=31)
        await session.execute(
            update(Organization)
            .where(Organization.left_at.is_not(None))
            .values(left_at=long_ago)
            .execution_options(audit="a test")
        )
    # What its office or the calendar changes of its record afterwards keeps the contact no longer.
    check = {"result": "passed", "source": "imported", "evidence": "年检公告", "as_of": "2026-01-01"}
    known = await officer(call).get(f"{PATH}/{leaving['id']}")
    changed = await officer(call).put(
        f"{PATH}/{leaving['id']}/annual-checks/2025", json=check, headers={"If-Match": known.headers["etag"]}
    )
    assert changed.status_code == 200, changed.text
    refused = await officer(call).put(f"{PATH}/{leaving['id']}/contact", json=CONTACT)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "contact-not-wanted")
    await forget(
        database,
        Settings(database_url="unused", client_secret="unused", contact_days=30),  # pragma: allowlist secret
    )
    async with database.transaction() as session:
        kept = [str(one) for one in (await session.execute(select(OrganizationContact.organization_id))).scalars()]
    assert kept == [staying["id"]]
