"""Propose the next best candidate after a decline or an expiry, and keep the chain."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.matching.candidates.actions.judging import judge_pair
from services.matching.candidates.actions.market import Market, read_market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.pairings.actions.proposing import Proposal, store_proposal
from services.matching.pairings.actions.quotas import Pending, read_pending
from services.matching.pairings.errors import PairingUnderway
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.policy import Deadlines
from services.matching.scoring.ranking import PairScore, rank_supplies
from services.matching.scoring.text import TextModel
from shared.contracts.codes import PairingOrigin, PairingStatus
from shared.db import Session

ENDINGS = (PairingStatus.DECLINED, PairingStatus.EXPIRED)


async def propose_next_best(
    session: Session, *, pairing_id: UUID, scorer: Scorer, today: date, at: datetime
) -> Pairing | None:
    """
    Propose the best candidate that this demand has not tried, or nothing if there is none; at most once a pairing.

    The demand must be open and have a place left for one more proposal. A candidate that closed, or was
    ordered, while all were scored makes way for the following one.

    :raises PairingNotFound: if there is no such pairing
    """
    repository = PairingRepository(session)
    ended = await repository.get_for_worker(pairing_id, for_update=True)
    if ended.status not in ENDINGS or await repository.has_successor(pairing_id):
        return None
    open_demands, _ = await ProfileRepository(session).keep_open([ended.demand_id], [])
    if ended.demand_id not in open_demands:
        return None
    market = await read_market(session, today=today, scorer=scorer)
    tried = {supply for _, supply in await repository.list_tried(ended.demand_id)}
    pending = await read_pending(session)
    ranked = await scorer.score(
        market.corpus, lambda model: _list_worthy(market, ended.demand_id, tried, pending, model)
    )
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


def _list_worthy(
    market: Market, demand_id: UUID, tried: set[UUID], pending: Pending, model: TextModel
) -> list[PairScore]:
    demand, policy = market.demands[demand_id], market.policy
    ranked = rank_supplies(
        demand,
        list(market.offers.values()),
        policy=policy,
        as_of=market.as_of,
        text_model=model,
    )
    worthy = []
    for pair in ranked:
        supply_id = UUID(pair.supply_id)
        fits = not pair.excluded and pair.total >= policy.proposal_threshold
        places = pending.count_places(demand, quota=policy.pushes_per_demand, held=bool(pair.held))
        if fits and supply_id not in tried and places and pending.count_units(market.offers[supply_id].supply):
            worthy.append(pair)
    return worthy
