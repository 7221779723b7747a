"""Calendars as their owners see them, and as calendar programs read them (iCalendar, RFC 5545)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from icalendar import Calendar, Event
from pydantic import Field

from services.matching.calendars.models import DeadlineCalendar
from services.matching.inbox.models import TASKS, OpenQuestion
from shared.errors import Text
from shared.schemas import Reading, SecretShown, ShownOnce

MAKE_ANOTHER = Text(
    "地址只显示一次。如未保存,请删除后重新生成。",
    "The address is shown once. If it was lost, delete it and make another.",
)
REFRESH = timedelta(hours=6)


class CalendarRead(Reading):
    """A calendar (期限日历); its address is shown once."""

    id: UUID
    created_by: str
    created_at: datetime


class CalendarShown(SecretShown, CalendarRead):
    """A new calendar, with the address to subscribe to in a calendar program."""

    secret_link: Annotated[str, ShownOnce(MAKE_ANOTHER)] = Field(
        description="Whoever has it sees your deadlines 请勿外传"
    )


def show_calendar(calendar: DeadlineCalendar, *, token: str, public_url: str) -> CalendarShown:
    """Return a new calendar with its address."""
    address = f"{public_url.rstrip('/')}/matching/v1/calendars/{token}/deadlines.ics"
    return CalendarShown(**CalendarRead.model_validate(calendar).model_dump(), secret_link=address)


def write_calendar(questions: Sequence[OpenQuestion]) -> bytes:
    """Return the deadlines of open questions as one iCalendar object: a day each, and nothing of a person."""
    calendar = Calendar()
    calendar.add("prodid", "-//Xiangqiao//deadlines//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "乡桥待办期限")
    calendar.add("x-wr-calname", "乡桥待办期限")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in questions:
        if one.until is not None:
            calendar.add_component(_write_event(one))
    return bytes(calendar.to_ical())


def _write_event(one: OpenQuestion) -> Event:
    pairing, task = one.pairing, TASKS[one.question]
    event = Event()
    event.add("uid", f"{one.question}.{pairing.id}@xiangqiao")
    event.add("dtstamp", pairing.updated_at)
    event.add("last-modified", pairing.updated_at)
    event.add("sequence", pairing.version)
    event.add("dtstart", one.until)
    event.add("summary", f"{task.label.zh}:{pairing.demand_title} ↔ {pairing.supply_title}")
    event.add("description", f"{task.to_do.zh}\n{task.to_do.en}\n{pairing.organization_name}")
    event.add("transp", "TRANSPARENT")  # a deadline takes no time of the day
    return event
