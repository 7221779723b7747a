"""The public feed: what is public, as the public sees it, until it is not public any more."""

from typing import Any

import pytest

from services.projects.demands.schemas import PublicDemandRead
from services.projects.supplies.schemas import PublicSupplyRead
from shared.contracts.codes import Role
from shared.contracts.projects import PUBLIC_DEMAND_CHANGED, PUBLIC_SUPPLY_CHANGED, PublicDemandSnapshot
from shared.contracts.projects import PublicSupplySnapshot as PublicSupply
from shared.testing import Caller
from tests.projects.library import COMPLETE, COUNTY, OTHER_COUNTY, Library, change, ok, path_of

FEED = "/projects/v1/public-feed"
Event = dict[str, Any]
WANTED: list[tuple[dict[str, Any], str]] = [
    ({}, "demand supply"),
    ({"types": PUBLIC_SUPPLY_CHANGED}, "supply"),
    ({"types": ["another", PUBLIC_DEMAND_CHANGED]}, "demand"),
    ({"field": ["education", "agritech"]}, "demand supply"),
    ({"field": "education"}, ""),
    ({"division": COUNTY}, "demand supply"),
    ({"division": "513400000000"}, "demand supply"),
    ({"division": OTHER_COUNTY}, "supply"),
    ({"division": "440000000000"}, ""),
    ({"division": "100000000000"}, "demand supply"),
]


@pytest.fixture
def partner(library: Library) -> Caller:
    return library.call(Role.PARTNER_APPLICATION)


async def read(reader: Caller, cursor: str = "", **params: Any) -> tuple[list[Event], str]:
    answer = await reader.get(FEED, params={"lastEventId": cursor, **params})
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["feed-next-cursor"]


async def test_a_demand_is_shown_from_its_publication_on_as_the_public_sees_it(
    library: Library, partner: Caller
) -> None:
    for state in ("draft", "submitted", "returned", "approved"):
        await library.demand(state)
    assert (await read(partner))[0] == []
    demand = await library.demand(persons=322, households=3)
    [event], _ = await read(partner)
    assert (event["type"], event["subject"], event["method"]) == (PUBLIC_DEMAND_CHANGED, demand["id"], "PUT")
    seen = ok(await partner.get(path_of("demand", demand)))
    assert event["data"].items() <= {name: one for name, one in seen.items() if one is not None}.items()
    assert (event["data"]["persons"], "households" in event["data"]) == (320, False)
    for hidden in (COMPLETE["policy_gap"], COMPLETE["remark"], "monitored"):
        assert str(hidden) not in str(event)


async def test_what_is_not_public_any_more_is_deleted_and_its_text_leaves_no_more(
    library: Library, partner: Caller
) -> None:
    demand, supply = await library.demand(), await library.supply()
    before, cursor = await read(partner)
    assert [event["subject"] for event in before] == [demand["id"], supply["id"]]
    ok(await change(library.clerk, path_of("demand", demand) + "/withdraw", demand))
    ok(await change(library.organization, path_of("supply", supply) + "/delist", supply))
    for place in (cursor, ""):  # also for who reads from the beginning
        events, _ = await read(partner, place)
        assert [(event["subject"], event["method"]) for event in events] == [
            (demand["id"], "DELETE"), (supply["id"], "DELETE"),
        ]  # fmt: skip
        assert not any("data" in event for event in events)
    assert (await partner.get(f"{FEED}/snapshot", params={"type": PUBLIC_DEMAND_CHANGED})).json()["items"] == []


async def test_a_reader_gets_what_it_wants_and_the_snapshot_holds_the_same(library: Library, partner: Caller) -> None:
    made = {"demand": await library.demand(), "supply": await library.supply()}
    for wanted, shown in WANTED:
        events, _ = await read(partner, **wanted)
        assert [event["subject"] for event in events] == [made[one]["id"] for one in shown.split()], wanted
        present: list[Event] = []
        for kind in (PUBLIC_DEMAND_CHANGED, PUBLIC_SUPPLY_CHANGED):
            page = await partner.get(f"{FEED}/snapshot", params={"type": kind} | wanted)
            present += page.json()["items"]
        assert [(one["type"], one["data"]) for one in present] == [(one["type"], one["data"]) for one in events]


async def test_the_snapshot_comes_page_by_page_and_knows_its_types(library: Library, partner: Caller) -> None:
    made = [(await library.demand())["id"] for _ in range(3)]
    first = (await partner.get(f"{FEED}/snapshot", params={"type": PUBLIC_DEMAND_CHANGED, "limit": 2})).json()
    rest = {"type": PUBLIC_DEMAND_CHANGED, "limit": 2, "after": first["next_cursor"]}
    second = (await partner.get(f"{FEED}/snapshot", params=rest)).json()
    assert [one["subject"] for one in first["items"] + second["items"]] == made
    assert "next_cursor" not in second or second["next_cursor"] is None
    assert (await partner.get(f"{FEED}/snapshot", params={"type": "another"})).status_code == 422


async def test_a_cursor_that_is_gone_is_answered_with_where_to_start_again(library: Library, partner: Caller) -> None:
    gone = await partner.get(FEED, params={"lastEventId": "before.7"}, headers={"Accept-Language": "en"})
    assert (gone.status_code, gone.json()["type"]) == (410, "/projects/problems/cursor-expired")
    assert gone.json()["resync"] == f"{FEED}/cursor"
    assert f"{FEED}/snapshot" in gone.json()["detail"]
    cursor = (await partner.get(gone.json()["resync"])).json()["cursor"]
    await library.demand()
    assert len((await read(partner, cursor))[0]) == 1


def test_what_the_feed_shows_everybody_sees_in_the_lists_too() -> None:
    assert PublicDemandSnapshot.model_fields.keys() <= PublicDemandRead.model_fields.keys()
    assert PublicSupply.model_fields.keys() <= PublicSupplyRead.model_fields.keys()
