"""Candidates of a demand and of a supply: order, reasons, explanation, who sees them, and vectors encoded once."""

from typing import Any

import pytest
from sqlalchemy import func, select

from services.matching.candidates.actions import scorer as scoring
from services.matching.candidates.actions.judging import judge_pair
from services.matching.candidates.actions.market import read_market
from services.matching.candidates.consumers import prepare_vectors
from services.matching.candidates.models import TextVector
from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.text import SentenceEncoder
from shared import clock
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.testing import Call, SavepointDatabase
from tests.matching.market import ZHAOJUE, announce, make_demand, make_organization, make_scorer, make_supply
from tests.matching.pairing_steps import Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    """One supply that fits, one held, one excluded."""
    scene = await set_scene(database, call)
    abnormal = make_organization(name="异常名录中的基金会", credit_status="abnormal")
    shut = make_supply(scene.organization, service_regions=["44"], title="只在广东")
    await announce(database, abnormal, make_supply(abnormal), shut)
    return scene


def path_of(kind: str, subject: Any) -> str:
    return f"/matching/v1/{kind}/{subject}/candidates"


async def test_the_office_sees_the_best_supplies_with_explanation_and_the_held_one_last(scene: Scene) -> None:
    answer = await scene.office.get(path_of("demands", scene.demand.id))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["eligible"], found["held"], found["excluded"]) == (1, 1, 1)
    assert [(one["rank"], one["eligibility"]) for one in found["items"]] == [(1, "eligible"), (2, "held")]
    best = found["items"][0]
    assert best["supply_id"] == str(scene.supply.id)
    assert 0 < best["score"] <= 1.25
    assert best["explanation"]["zh"].startswith("总分")
    assert best["explanation"]["en"].startswith("Total")
    assert {"text", "field", "help_forms", "groups"} <= {part["name"] for part in best["parts"]}
    held = found["items"][1]["reasons"][0]
    assert (held["code"], held["facts"]) == ("H_ABNORMAL", {"credit_status": "abnormal"})
    assert held["remedy"]["zh-CN"]


async def test_excluded_ones_are_shown_when_asked_for_with_their_reasons(scene: Scene) -> None:
    params = {"include": "excluded", "limit": 1}
    found = (await scene.province.get(path_of("demands", scene.demand.id), params=params)).json()
    assert [(one["rank"], one["eligibility"]) for one in found["items"]] == [(1, "eligible"), (None, "excluded")]
    assert [one["code"] for one in found["items"][1]["reasons"]] == ["E_REGION"]


async def test_the_organization_sees_the_demands_for_its_own_supply_without_official_facts(scene: Scene) -> None:
    answer = await scene.foundation.get(path_of("supplies", scene.supply.id))
    assert [one["demand_id"] for one in answer.json()["items"]] == [str(scene.demand.id)]
    assert "monitored_share" not in answer.text
    official = await scene.civil_affairs.get(path_of("supplies", scene.supply.id))
    assert "monitored_share" in official.text


async def test_others_do_not_see_them(scene: Scene, call: Call) -> None:
    elsewhere = call(Role.RURAL_OFFICER, division="513432000000")
    refused = await elsewhere.get(path_of("demands", scene.demand.id))
    assert (refused.status_code, slug(refused)) == (404, "demand-unknown")
    rival = call(Role.ORGANIZATION, organization_id=new_id())
    assert slug(await rival.get(path_of("supplies", scene.supply.id))) == "supply-unknown"
    county = call(Role.CIVIL_AFFAIRS_OFFICER, division=ZHAOJUE)
    assert slug(await county.get(path_of("supplies", scene.supply.id))) == "supply-unknown"
    assert (await scene.foundation.get(path_of("demands", scene.demand.id))).status_code == 403
    assert (await scene.office.get(path_of("supplies", scene.supply.id))).status_code == 403
    for role in (Role.AUDIT_ADMINISTRATOR, Role.PARTNER_APPLICATION):
        assert (await call(role).get(path_of("demands", scene.demand.id))).status_code == 403


async def test_a_draft_is_ranked_for_its_owner_too(scene: Scene, call: Call) -> None:
    draft, unlisted = make_demand(status="approved"), make_supply(scene.organization, status="approved")
    await announce(scene.database, draft, unlisted)
    assert (await scene.office.get(path_of("demands", draft.id))).json()["eligible"] == 1
    assert (await scene.foundation.get(path_of("supplies", unlisted.id))).json()["eligible"] == 1
    civil_affairs = call(Role.CIVIL_AFFAIRS_OFFICER, division=ZHAOJUE)
    assert (await civil_affairs.get(path_of("demands", draft.id))).status_code == 404  # as in projects
    assert (await civil_affairs.get(path_of("demands", scene.demand.id))).is_success


async def count_vectors(database: Database) -> int:
    async with database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(TextVector))).scalar_one()


async def test_texts_are_encoded_once_for_all_processes(scene: Scene) -> None:
    first, second = make_scorer(), make_scorer()
    async with scene.database.transaction() as session:
        supplies = [str(supply.id) for supply, _ in await ProfileRepository(session).list_supplies()]
    await prepare_vectors(scene.database, first, {"demands": [str(scene.demand.id)]})
    assert await count_vectors(scene.database) == 1
    await prepare_vectors(scene.database, first, {"supplies": supplies})
    assert await count_vectors(scene.database) == 3
    async with scene.database.transaction() as session:
        market = await read_market(session, today=clock.today(), scorer=second)

    def refuse(_: object) -> None:
        raise AssertionError("a stored text was encoded again")

    second._encoder.encode = refuse  # type: ignore[method-assign, assignment]
    assert second.list_unknown(market.corpus) == []
    async with scene.database.transaction() as session:
        again = await read_market(session, today=clock.today(), scorer=second)
    assert again.corpus == market.corpus
    first.close()
    second.close()


async def test_a_scorer_does_not_keep_vectors_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MOST_VECTORS", 1)
    scorer = make_scorer()
    vectors = await scorer.encode(["甲", "乙"])
    assert scorer.list_unknown(["甲", "乙"]) == []
    await scorer.learn({"甲": vectors["甲"]})
    assert scorer.list_unknown(["甲", "乙"]) == ["乙"]
    scorer.close()


async def test_a_model_is_learnt_once_for_a_corpus() -> None:
    scorer = make_scorer()
    models = [await scorer.score(("村小", "图书"), lambda model: model) for _ in range(2)]
    other = await scorer.score(("村小",), lambda model: model)
    assert models[0] is models[1]
    assert other.model_hash != models[0].model_hash
    scorer.close()


async def test_a_pair_of_strangers_cannot_be_judged(scene: Scene) -> None:
    async with scene.database.transaction() as session:
        with pytest.raises(DemandUnknown):
            await judge_pair(session, demand_id=new_id(), supply_id=scene.supply.id, today=clock.today())
        with pytest.raises(SupplyUnknown):
            await judge_pair(session, demand_id=scene.demand.id, supply_id=new_id(), today=clock.today())


@pytest.mark.slow
async def test_the_true_encoder_does_what_the_fake_one_does() -> None:
    scorer = scoring.Scorer(SentenceEncoder)
    vectors = await scorer.encode(["村小缺图书"])
    assert len(vectors["村小缺图书"]) == 512 * 4
    assert len(await scorer.read_weights_hash()) == 64
    scorer.close()
