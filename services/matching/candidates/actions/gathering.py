"""Gather a consortium (多对一): eligible supplies that together cover the forms of help and the fields of a demand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.matching.candidates.actions.finding import pool_supplies
from services.matching.candidates.actions.live import LiveMarket
from services.matching.candidates.actions.market import Market, read_market, read_vectors
from services.matching.candidates.actions.ranking import Candidate, describe_candidate
from services.matching.candidates.actions.scorer import Scorer
from services.matching.profiles.actions import read_demand_facts
from services.matching.profiles.errors import DemandUnknown
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.consortium import Cover, Need, choose_consortium, list_needs
from services.matching.scoring.ranking import PairScore, rank_supplies
from services.matching.scoring.sides import round_for_sides
from services.matching.scoring.text import TextModel
from services.matching.scoring.wording import read_demand_text
from shared.auth.principals import Principal
from shared.db import Session


@dataclass(frozen=True)
class Member:
    """A supply of the consortium and the needs that it covers."""

    candidate: Candidate
    covers: list[Need]


@dataclass(frozen=True)
class Consortium:
    """Who covers what, what stays open, and how many places the demand has left."""

    policy_version: str
    places: int
    members: list[Member]
    still_open: list[Need]


async def gather_consortium(
    session: Session,
    *,
    demand_id: UUID,
    by: Principal,
    scorer: Scorer,
    today: date,
    live: LiveMarket | None = None,
) -> Consortium:
    """
    Suggest complementary supplies for a demand: of a market in memory, among the best that the engine finds.

    :raises DemandUnknown: if the demand lies outside the caller's scope
    """
    demand = await ProfileRepository(session).get_demand(demand_id, visible_to=by)
    if not by.covers(demand.division):
        raise DemandUnknown
    if live is None:
        market = await read_market(session, today=today, scorer=scorer, demand=demand)
        return await scorer.score(
            market.corpus, lambda model: _choose(market, demand_id, _rank(market, demand_id, model), by)
        )
    (facts,) = await read_demand_facts(session, demands=[demand], today=live.market.as_of)
    vectors = await read_vectors(session, texts=[read_demand_text(facts)], scorer=scorer)

    def work() -> Consortium:
        whole, pairs = pool_supplies(live, demand_id=demand_id, demand=facts, vectors=vectors, by=by)
        return _choose(whole, demand_id, pairs, by)

    return await live.run(work)


def _rank(market: Market, demand_id: UUID, model: TextModel) -> list[PairScore]:
    offers = list(market.offers.values())
    return rank_supplies(market.demands[demand_id], offers, policy=market.policy, as_of=market.as_of, text_model=model)


def _choose(market: Market, demand_id: UUID, ranked: Iterable[PairScore], by: Principal) -> Consortium:
    demand = market.demands[demand_id]
    needs = list_needs(help_forms=demand.help_forms, fields=demand.fields)
    pairs = {pair.supply_id: pair for pair in ranked if pair.status == "eligible"}
    covers = []
    for name, pair in pairs.items():
        supply = market.offers[UUID(name)].supply
        covered = needs & list_needs(help_forms=supply.help_forms, fields=supply.fields)
        # Who is chosen must tell a side no more of an official fact than the score that it sees.
        score = pair.total if by.sees_official_fields else round_for_sides(pair.fit, pair.tilt)[2]
        covers.append(Cover(name, covered, score))
    chosen = choose_consortium(needs, covers)
    return Consortium(
        policy_version=market.policy.version,
        places=demand.places,
        members=[Member(describe_candidate(pairs[one.name], None, market), sorted(one.needs)) for one in chosen],
        still_open=sorted(needs.difference(*(one.needs for one in chosen))),
    )
