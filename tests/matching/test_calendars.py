"""A calendar program reads the deadlines of an inbox by an address that nobody guesses and its owner revokes."""

from datetime import date

import pytest
from icalendar import Calendar

from services.matching.calendars.actions import MOST_CALENDARS
from shared.testing import Call, Caller, SavepointDatabase
from tests.matching.market import announce, make_demand
from tests.matching.pairing_steps import Scene, set_scene, slug

CALENDARS = "/matching/v1/calendars"
pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def make(by: Caller) -> tuple[str, str]:
    made = await by.post(CALENDARS)
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["secret_link"].removeprefix("http://127.0.0.1:8000")


async def test_a_calendar_has_a_day_for_each_question_with_a_deadline(scene: Scene, call: Call) -> None:
    title = "村小缺图书;要,换行" * 9
    demand = make_demand(title=title)
    await announce(scene.database, demand)
    pairing_id = await scene.order(demand_id=demand.id)
    done = await scene.order()
    await scene.agree(done)
    await scene.confirm(done)
    _, link = await make(scene.foundation)
    read = await call(None).get(link)
    assert (read.status_code, read.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert all(len(line) <= 75 for line in read.content.split(b"\r\n")), "RFC 5545 section 3.1 folds long lines"
    calendar = Calendar.from_ical(read.content)
    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    [event] = calendar.walk("VEVENT")
    assert event["uid"] == f"answer.{pairing_id}@xiangqiao"
    assert event.decoded("dtstart") == date(2026, 12, 4)
    assert event["summary"] == f"待答复:{title} ↔ {scene.supply.title}"
    await scene.answer(scene.foundation, pairing_id, "supply", "declined", reason="time")
    assert not Calendar.from_ical((await call(None).get(link)).content).walk("VEVENT")


async def test_an_address_that_was_deleted_or_guessed_leads_nowhere(scene: Scene, call: Call) -> None:
    calendar_id, link = await make(scene.office)
    for by in (scene.editor, scene.foundation, scene.civil_affairs):
        assert (await by.delete(f"{CALENDARS}/{calendar_id}")).status_code == 404
    assert [one["id"] for one in (await scene.office.get(CALENDARS)).json()["items"]] == [calendar_id]
    assert (await scene.office.delete(f"{CALENDARS}/{calendar_id}")).status_code == 204
    for gone in (link, f"{CALENDARS}/{'A' * 43}/deadlines.ics"):
        refused = await call(None).get(gone)
        assert (refused.status_code, slug(refused)) == (404, "calendar-not-found")


async def test_an_owner_has_a_bounded_number_of_calendars(scene: Scene) -> None:
    for _ in range(MOST_CALENDARS):
        await make(scene.office)
    refused = await scene.office.post(CALENDARS)
    assert (refused.status_code, slug(refused)) == (409, "too-many-calendars")
