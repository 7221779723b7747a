"""Keyset paging over real rows: every row once, in order, whatever is added meanwhile."""

import base64
import json
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from shared import clock
from shared.contracts.codes import Role
from shared.db import Database
from shared.paging import InvalidCursor, PageRequest, Sort, _name, read_page
from shared.testing import Call
from tests.shared.tiny_app import ORDERS, Dated, Thing

READER = Role.PROVINCIAL_OFFICER
TINY = "/tiny/v1/things"


async def put_things(database: Database, numbers: list[int]) -> None:
    began = clock.now()
    async with database.transaction() as session:
        await session.execute(text("delete from things"))
        session.add_all(
            [
                Thing(name=f"{number} {place}", number=number, created_at=began - timedelta(seconds=number))
                for place, number in enumerate(numbers)
            ]
        )


async def read_all(database: Database, order: list[Sort], limit: int) -> list[Thing]:
    found: list[Thing] = []
    cursor = None
    for _ in range(200):
        async with database.transaction() as session:
            page = await read_page(
                session, select(Thing), order=order, page=PageRequest(cursor=cursor, limit=limit, with_total=True)
            )
        assert page.total is not None
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the pages do not end")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.integers(0, 4), max_size=12), limit=st.integers(1, 5), order=st.sampled_from(sorted(ORDERS)))
async def test_the_pages_hold_every_row_once_and_in_order(
    tiny: Database, numbers: list[int], limit: int, order: str
) -> None:
    await put_things(tiny, numbers)
    found = await read_all(tiny, ORDERS[order], limit)
    assert len({thing.id for thing in found}) == len(found) == len(numbers)
    keys = {
        "number": [(thing.number, thing.id) for thing in found],
        "-number": [(-thing.number, thing.id) for thing in found],
        "name": [(thing.name, thing.id) for thing in found],
        "-created_at": [(-thing.created_at.timestamp(), thing.id) for thing in found],
    }[order]
    assert keys == sorted(keys)


async def test_a_row_added_behind_the_cursor_is_seen_and_none_is_seen_twice(tiny: Database, tiny_call: Call) -> None:
    await put_things(tiny, [1, 3, 5])
    first = (await tiny_call(READER).get(TINY, params={"limit": 2})).json()
    async with tiny.transaction() as session:
        session.add_all([Thing(name="before", number=0), Thing(name="behind", number=4)])
    rest = (await tiny_call(READER).get(TINY, params={"limit": 5, "cursor": first["next_cursor"]})).json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [1, 3, 4, 5]
    assert rest["next_cursor"] is None


async def test_the_total_is_there_only_when_asked_for(tiny: Database, tiny_call: Call) -> None:
    await put_things(tiny, [1, 2, 3])
    assert (await tiny_call(READER).get(TINY, params={"limit": 1})).json()["total"] is None
    assert (await tiny_call(READER).get(TINY, params={"limit": 1, "with_total": True})).json()["total"] == 3


async def test_the_total_is_counted_no_further_than_it_is_exact(tiny: Database) -> None:
    async with tiny.transaction() as session:
        fill = "insert into things (id, name, number, version, created_at, updated_at) select gen_random_uuid(), n, n, 1, now(), now() from generate_series(1, 10100) n"  # noqa: E501
        await session.execute(text(fill))
        page = await read_page(session, select(Thing), order=ORDERS["number"], page=PageRequest(with_total=True))
    assert page.total == 10_001


def forge(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


async def test_a_cursor_of_another_order_is_refused(tiny: Database, tiny_call: Call) -> None:
    await put_things(tiny, [1, 2, 3])
    cursor = (await tiny_call(READER).get(TINY, params={"limit": 1})).json()["next_cursor"]
    for sort in ("-number", "name", "-created_at"):
        answer = await tiny_call(READER).get(TINY, params={"cursor": cursor, "sort": sort})
        assert (answer.status_code, answer.json()["type"]) == (422, "/tiny/problems/invalid-cursor")
        assert answer.json()["errors"][0]["pointer"] == "query/cursor"


@pytest.mark.parametrize(
    "cursor", ["x", "====", "中文", "e30", "W10", "bnVsbA", forge("00000000", "1", "x"), forge(1, 2), "W" * 500]
)
async def test_a_forged_cursor_is_refused(tiny_call: Call, cursor: str) -> None:
    answer = await tiny_call(READER).get(TINY, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "/tiny/problems/invalid-cursor")


@given(st.lists(st.text(max_size=20), min_size=2, max_size=2), st.sampled_from(sorted(ORDERS)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_forged_value_reaches_the_database_unfit(tiny: Database, values: list[str], order: str) -> None:
    cursor = forge(_name(ORDERS[order]), *values)
    async with tiny.transaction() as session:
        with suppress(InvalidCursor):
            await read_page(session, select(Thing), order=ORDERS[order], page=PageRequest(cursor=cursor[:500]))


async def test_days_and_fractions_are_keys_too_and_empty_ones_are_not(tiny: Database) -> None:
    async with tiny.transaction() as session:
        await session.execute(text("delete from dated"))
        session.add_all(
            [Dated(id=n, day=date(2026, 11, 22) - timedelta(days=n // 3), weight=n / 4) for n in range(1, 10)]
        )
        await session.flush()
        order = [Sort(column=Dated.day, descending=True), Sort(column=Dated.weight), Sort(column=Dated.id)]
        cursor, seen = None, []
        for _ in range(5):
            page = await read_page(session, select(Dated), order=order, page=PageRequest(cursor=cursor, limit=2))
            seen += page.items
            cursor = page.next_cursor
        assert cursor is None
        assert [one.id for one in seen] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
        with pytest.raises(ValueError, match="may be empty"):
            await read_page(session, select(Dated), order=[Sort(column=Dated.remark)], page=PageRequest(limit=2))
