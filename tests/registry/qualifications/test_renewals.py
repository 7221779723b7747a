"""A renewal that is verified early leaves the qualification in force alone until its own first day."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registry.qualifications.actions import expire_qualifications
from shared import clock
from shared.testing import Call, SavepointDatabase
from tests.registry.qualifications.test_qualifications import review, submit
from tests.registry.records import MIANYANG, PATH, activate, create, officer

DAY = timedelta(days=1)


@pytest.fixture
async def organization(call: Call, places: None) -> dict[str, Any]:
    return await activate(officer(call), await create(officer(call)))


async def verify(call: Call, organization: dict[str, Any], first: date | None, last: date | None) -> dict[str, Any]:
    period = {"valid_from": first and first.isoformat(), "last_valid_on": last and last.isoformat()}
    submitted = await submit(officer(call), organization, **period)
    verified = await review(officer(call, MIANYANG), submitted, "verify")
    assert verified.status_code == 200, verified.text
    return dict(verified.json())


async def states(call: Call, organization: dict[str, Any]) -> list[str]:
    listed = await officer(call).get(f"{PATH}/{organization['id']}/qualifications")
    return [one["status"] for one in listed.json()["items"]]


async def expire(database: SavepointDatabase, today: date) -> int:
    async with database.transaction() as session:
        return await expire_qualifications(session, today=today, at=clock.now())


async def test_a_renewal_verified_early_ends_the_one_in_force_on_its_first_day(
    call: Call, organization: dict[str, Any], database: SavepointDatabase
) -> None:
    begins = clock.today() + 30 * DAY
    await verify(call, organization, None, begins + 60 * DAY)
    await verify(call, organization, begins, begins + 900 * DAY)
    assert await states(call, organization) == ["verified", "verified"]
    shown = (await officer(call).get(f"{PATH}/{organization['id']}")).json()["qualifications"]
    assert [one.get("valid_from") for one in shown] == [None, begins.isoformat()]
    assert await expire(database, begins - DAY) == 0
    assert await expire(database, begins) == 1
    assert await states(call, organization) == ["expired", "verified"]
    assert await expire(database, begins) == 0


async def test_the_one_in_force_ends_by_itself_before_its_renewal_begins(
    call: Call, organization: dict[str, Any], database: SavepointDatabase
) -> None:
    ends = clock.today() + 30 * DAY
    await verify(call, organization, None, ends)
    await verify(call, organization, ends + 10 * DAY, None)
    assert await expire(database, ends) == 0
    assert await expire(database, ends + DAY) == 1
    assert await states(call, organization) == ["expired", "verified"]


async def test_a_corrected_renewal_replaces_the_one_of_the_same_first_day_and_a_past_one_nothing(
    call: Call, organization: dict[str, Any]
) -> None:
    begins = clock.today() + 30 * DAY
    await verify(call, organization, None, None)
    await verify(call, organization, begins, begins + 60 * DAY)
    await verify(call, organization, begins, begins + 90 * DAY)
    await verify(call, organization, date(2019, 1, 1), date(2021, 12, 31))
    assert await states(call, organization) == ["verified", "expired", "verified", "verified"]


async def test_a_review_says_which_version_it_is_of(call: Call, organization: dict[str, Any]) -> None:
    submitted = await submit(officer(call), organization)
    for step in ("verify", "reject", "revoke"):
        path = f"/registry/v1/qualifications/{submitted['id']}/{step}"
        unsaid = await officer(call, MIANYANG).post(path)
        assert (unsaid.status_code, unsaid.json()["type"]) == (428, "/registry/problems/if-match-missing")
        stale = await review(officer(call, MIANYANG), submitted | {"version": 9}, step)
        assert (stale.status_code, stale.json()["type"]) == (412, "/registry/problems/stale")
    verified = await review(officer(call, MIANYANG), submitted, "verify")
    assert verified.headers["etag"] == f'"{verified.json()["version"]}"'
