"""Propose the next best candidate after a decline or an expiry, and keep the chain."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.matching.candidates.actions.judging import judge_pair
from services.matching.candidates.actions.market import Market, count_market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.serving import rank_serving_supplies
from services.matching.pairings.actions.proposing import Proposal, store_proposal
from services.matching.pairings.actions.quotas import read_pending
from services.matching.pairings.errors import PairingUnderway
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.gates import GateResult
from services.matching.scoring.policy import Deadlines, Policy
from services.matching.scoring.ranking import PairScore, rank_supplies
from services.matching.scoring.text import TextModel
from shared.contracts.codes import PairingOrigin, PairingStatus
from shared.db import Session

ENDINGS = (PairingStatus.DECLINED, PairingStatus.EXPIRED)


async def propose_next_best(
    session: Session, *, pairing_id: UUID, scorer: Scorer, today: date, at: datetime, engine_from: int
) -> Pairing | None:
    """
    Propose the best candidate that this demand has not tried, or nothing if there is none; at most once a pairing.

    The demand must be open and have a place left for one more proposal. A candidate that closed, or was
    ordered, while all were scored makes way for the following one. From ``engine_from`` open demands and listed
    supplies on, only those that serve its place are read.

    :raises PairingNotFound: if there is no such pairing
    """
    repository = PairingRepository(session)
    ended = await repository.get_for_worker(pairing_id, for_update=True)
    if ended.status not in ENDINGS or await repository.has_successor(pairing_id):
        return None
    open_demands, _ = await ProfileRepository(session).keep_open([ended.demand_id], [])
    if ended.demand_id not in open_demands:
        return None
    market, ranked = await _rank_worthy(session, ended.demand_id, scorer, today, engine_from)
    for pair in ranked:
        if (still := await _judge_anew(session, pair, today)) is None:
            continue
        try:
            return await store_proposal(
                session,
                proposal=Proposal.of(still, market),
                origin=PairingOrigin.RECOMMENDED,
                deadlines=Deadlines.of(market.policy),
                today=today,
                at=at,
                previous_pairing_id=pairing_id,
            )
        except PairingUnderway:
            continue
    return None


async def _judge_anew(session: Session, pair: PairScore, today: date) -> PairScore | None:
    """
    Return the pair as the gates judge it now, or nothing if they refuse it.

    Its supply and its organization are kept as they are until the commit.
    """
    demand_id, supply_id = UUID(pair.demand_id), UUID(pair.supply_id)
    profiles = ProfileRepository(session)
    _, listed = await profiles.keep_open([], [supply_id])
    if not listed or not await profiles.find_organization(UUID(pair.organization_id), for_share=True):
        return None
    gates = await judge_pair(session, demand_id=demand_id, supply_id=supply_id, today=today)
    return None if gates.excluded else replace(pair, held=gates.held)


async def _rank_worthy(
    session: Session, demand_id: UUID, scorer: Scorer, today: date, engine_from: int
) -> tuple[Market, list[PairScore]]:
    tried = {supply for _, supply in await PairingRepository(session).list_tried(demand_id)}
    pending = await read_pending(session)

    def suits(policy: Policy, demand: DemandFacts, offer: Offer, gates: GateResult) -> bool:
        places = pending.count_places(demand, quota=policy.pushes_per_demand, held=bool(gates.held))
        return bool(places) and UUID(offer.supply.supply_id) not in tried and pending.count_units(offer.supply) > 0

    def list_worthy(market: Market, ranked: list[PairScore]) -> list[PairScore]:
        demand, least = market.demands[demand_id], market.policy.proposal_threshold
        good = [pair for pair in ranked if not pair.excluded and pair.total >= least]
        return [
            pair
            for pair in good
            if suits(market.policy, demand, market.offers[UUID(pair.supply_id)], GateResult(held=pair.held))
        ]

    if await count_market(session) >= engine_from:
        found = await rank_serving_supplies(session, demand_id=demand_id, today=today, scorer=scorer, suits=suits)
        if found is not None:
            return found[0], list_worthy(*found)
    market = await read_market(session, today=today, scorer=scorer)

    def rank_all(model: TextModel) -> list[PairScore]:
        offers, policy = list(market.offers.values()), market.policy
        demand = market.demands[demand_id]
        return list_worthy(market, rank_supplies(demand, offers, policy=policy, as_of=market.as_of, text_model=model))

    return market, await scorer.score(market.corpus, rank_all)
