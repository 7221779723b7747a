"""Read models: facts from snapshots, places with their past, and both neighbours' feeds."""

from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import select

from services.matching.candidates.actions.judging import judge_pair
from services.matching.pairings.consumers import PROJECTS_EVENTS
from services.matching.profiles.models import DemandProfile, DivisionProfile, OrganizationProfile, SupplyProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, OrganizationFacts, QualificationFacts
from services.matching.settings import Settings
from services.matching.worker import feed_consumers, loops
from shared.contracts.events import FeedHead, SnapshotPage
from shared.contracts.projects import DEMAND_CHANGED
from shared.contracts.registry import DivisionSnapshot
from shared.db import new_id
from shared.http import ServiceClient
from shared.settings import CommonSettings
from shared.testing import SavepointDatabase
from tests.matching.market import (
    TYPES,
    ZHAOJUE,
    announce,
    change,
    make_demand,
    make_event,
    make_organization,
    make_supply,
)

TODAY = date(2026, 11, 22)
RAISING = {"kind": "public_fundraising", "held": True}


def facts_of(**changes: Any) -> OrganizationFacts:
    snapshot = make_organization(**changes)
    return OrganizationProfile(id=snapshot.id, data=snapshot.model_dump(mode="json")).facts(TODAY)


@pytest.mark.parametrize(
    ("recorded", "known"),
    [
        ([], None),
        ([{"kind": "charity", "held": True, "status": "verified"}], None),
        ([RAISING | {"status": "submitted"}], None),
        ([RAISING | {"status": "verified"}], QualificationFacts(held=True)),
        ([RAISING | {"status": "verified", "valid_from": "2026-11-23"}], None),
        ([RAISING | {"status": "verified", "held": False}], QualificationFacts(held=False)),
        ([RAISING | {"status": "revoked"}], QualificationFacts(held=True, revoked=True)),
        ([RAISING | {"status": "expired"}], QualificationFacts(held=False)),
        (
            [RAISING | {"status": "expired", "last_valid_on": "2026-11-21"}],
            QualificationFacts(held=True, last_valid_on=date(2026, 11, 21)),
        ),
        (
            [RAISING | {"status": "revoked"}, RAISING | {"status": "verified", "last_valid_on": "2026-11-22"}],
            QualificationFacts(held=True, last_valid_on=TODAY),
        ),
    ],
)
def test_only_a_verified_qualification_within_its_period_proves_anything(
    recorded: list[dict[str, Any]], known: QualificationFacts | None
) -> None:
    assert facts_of(qualifications=recorded).public_fundraising == known


def test_an_organization_is_told_whole() -> None:
    facts = facts_of(
        annual_check={"year": 2025, "result": "failed"},
        assessment={"grade": "4A", "last_valid_on": "2027-01-01"},
        registered_division="100000000000",
    )
    assert (facts.annual_check, facts.registered_division) == ("failed", "100000")
    assert facts.assessment is not None
    assert facts.assessment.grade == "4A"
    assert facts_of(registered_division=None).registered_division is None


def make_division(code: str, **changes: Any) -> DivisionSnapshot:
    return DivisionSnapshot(
        **{"id": new_id(), "code": code, "name": "某县", "full_name": "某县", "level": "county", **changes}
    )


async def read_facts(database: SavepointDatabase, demand_id: Any) -> DemandFacts:
    from services.matching.profiles.actions import read_demand_facts

    async with database.transaction() as session:
        demand = await session.get(DemandProfile, demand_id)
        assert demand is not None
        return (await read_demand_facts(session, demands=[demand], today=TODAY))[0]


async def test_a_place_has_the_labels_of_the_day_of_every_level_above(database: SavepointDatabase) -> None:
    labels = [
        {"code": "lifted_county_832", "source": "832"},
        {"code": "key_county_2021", "source": "160", "last_valid_on": "2026-11-21"},
    ]
    prefecture = [{"code": "three_regions_three_prefectures", "source": "list", "valid_from": "2026-11-22"}]
    demand = make_demand(places=3, places_taken=1)
    await announce(
        database,
        make_division(ZHAOJUE, designations=labels),
        make_division("513400000000", level="prefecture", designations=prefecture),
        demand,
    )
    facts = await read_facts(database, demand.id)
    assert facts.designations == {"lifted_county_832", "three_regions_three_prefectures"}
    assert facts.places == 2


async def test_a_place_keeps_its_former_codes_and_gets_its_later_ones(database: SavepointDatabase) -> None:
    demand = make_demand(division="510117000000", level="county")
    old = make_demand(division="510124000000", level="county")
    await announce(
        database,
        make_division("510124000000", successor_codes=["510117000000"], last_valid_on="2016-12-31"),
        make_division("510117000000"),
        make_division("510000000000", successor_codes=["510124000000"], last_valid_on="1990-01-01"),
        demand,
        old,
    )
    assert (await read_facts(database, demand.id)).former_division_codes == ("510000", "510124")
    assert (await read_facts(database, old.id)).former_division_codes == ("510000", "510117")


async def test_a_supply_serves_a_place_under_its_former_code(database: SavepointDatabase) -> None:
    organization = make_organization()
    demand, supply = make_demand(division="510117000000"), make_supply(organization, service_regions=["510124"])
    await announce(database, organization, demand, supply, make_division("510117000000"))
    async with database.transaction() as session:
        gates = await judge_pair(session, demand_id=demand.id, supply_id=supply.id, today=TODAY)
        assert [one.code for one in gates.excluded] == ["E_REGION"]
    await announce(database, make_division("510124000000", successor_codes=["510117000000"]))
    async with database.transaction() as session:
        assert (await judge_pair(session, demand_id=demand.id, supply_id=supply.id, today=TODAY)).is_eligible


@pytest.mark.parametrize("named_by", ["fundraiser_id", "fundraiser_credit_code", None])
async def test_a_named_fund_raiser_is_found_by_id_or_by_credit_code(
    database: SavepointDatabase, named_by: str | None
) -> None:
    partner = make_organization(credit_code="53510000MJ00000000", qualifications=[RAISING | {"status": "verified"}])
    names = {"fundraiser_id": partner.id, "fundraiser_credit_code": partner.credit_code}
    organization = make_organization(**({named_by: names[named_by]} if named_by else {}))
    demand, supply = make_demand(requires_public_fundraising=True), make_supply(organization)
    await announce(database, partner, organization, demand, supply)
    async with database.transaction() as session:
        gates = await judge_pair(session, demand_id=demand.id, supply_id=supply.id, today=TODAY)
    assert gates.is_eligible is (named_by is not None)


def test_a_region_that_no_rule_can_read_serves_nothing() -> None:
    supply = make_supply(new_id(), service_regions=["*", "510700", "513431101000", "全国", "123"])
    profile = SupplyProfile(id=supply.id, organization_id=supply.organization_id, data=supply.model_dump(mode="json"))
    assert profile.facts().service_regions == ("*", "5107", "513431101")


async def test_a_supply_for_the_whole_country_serves_everywhere(database: SavepointDatabase) -> None:
    organization, demand = make_organization(), make_demand()
    supply = make_supply(organization, service_regions=["100000"])
    await announce(database, organization, demand, supply)
    async with database.transaction() as session:
        assert (await judge_pair(session, demand_id=demand.id, supply_id=supply.id, today=TODAY)).is_eligible


async def test_an_older_event_changes_nothing(database: SavepointDatabase) -> None:
    demand = make_demand()
    older, newer = make_event(demand), make_event(change(demand, title="新的题目"))
    async with database.transaction() as session:
        await PROJECTS_EVENTS[DEMAND_CHANGED](session, [newer], False)
        await PROJECTS_EVENTS[DEMAND_CHANGED](session, [older], False)
        assert (await session.execute(select(DemandProfile.title))).scalar_one() == "新的题目"


class FakeFeed:
    """A neighbour whose present state is a list of snapshots."""

    def __init__(self, *present: BaseModel) -> None:
        self.present = list(present)
        self.gone = False

    def client(self) -> ServiceClient:
        app = FastAPI()

        @app.get("/v1/feed/cursor")
        async def cursor() -> FeedHead:
            return FeedHead(cursor="epoch.7")

        @app.get("/v1/feed/snapshot")
        async def snapshot(type: str) -> SnapshotPage:
            return SnapshotPage(items=[make_event(one) for one in self.present if TYPES[one.__class__] == type])

        return ServiceClient("http://fake", auth=None, transport=httpx.ASGITransport(app))


async def test_both_feeds_fill_the_read_models_and_a_resync_forgets_what_is_gone(database: SavepointDatabase) -> None:
    organization, division = make_organization(), make_division(ZHAOJUE)
    demand, supply = make_demand(), make_supply(organization)
    registry, projects = FakeFeed(organization, division), FakeFeed(demand, supply)
    consumers = feed_consumers(database, registry.client(), projects.client())
    assert [await one.read_once() for one in consumers] == [2, 2]
    async with database.transaction() as session:
        assert await ProfileRepository(session).read_cursors() == {"projects": "epoch.7", "registry": "epoch.7"}
    registry.present, projects.present = [organization], [supply]
    assert [await one.resync() for one in consumers] == [1, 1]
    async with database.transaction() as session:
        kept = [
            len(list((await session.execute(select(model.id))).scalars()))
            for model in (DivisionProfile, OrganizationProfile, DemandProfile, SupplyProfile)
        ]
    assert kept == [0, 1, 0, 1]


async def test_the_worker_has_a_loop_for_each_of_its_works(common: CommonSettings) -> None:
    settings = Settings(database_url="postgresql+asyncpg://u:p@127.0.0.1:1/x", client_secret="unused")  # type: ignore[arg-type]
    assert set(loops(settings, common)) >= {
        "matching jobs",
        "matching reads registry",
        "matching reads projects",
        "matching expiry",
    }
