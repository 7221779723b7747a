"""Begin a pairing: propose a scored pair, or order, take or invite one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.candidates.actions.live import LiveMarket
from services.matching.candidates.actions.market import Market
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.scoring_pair import score_present_pair
from services.matching.pairings.actions.recording import record_event
from services.matching.pairings.errors import (
    DemandNotOpen,
    PairExcluded,
    PairingUnderway,
    PairNotProposable,
    SupplyNotListed,
)
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import PairingCreate, tell_reasons
from services.matching.profiles.errors import SupplyUnknown
from services.matching.profiles.models import DemandProfile, OrganizationProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.records.writing import write_pair
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.policy import Deadlines
from services.matching.scoring.ranking import PairScore
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import Answer, PairingOrigin, PairingStatus, Role
from shared.db import Session, whole_platform


@dataclass(frozen=True)
class Proposal:
    """A scored pair that may be proposed, with its explanation and the names people know it by."""

    pair: PairScore
    explanation: dict[str, Any]
    judged_on: dict[str, Any]
    demand_title: str
    demand_division: str
    demand_fields: list[str]
    is_government_purchase: bool
    supply_title: str
    organization_name: str
    record_division: str

    @classmethod
    def of(cls, pair: PairScore, market: Market) -> "Proposal":
        """Return a pair of the market as it is proposed; CPU work."""
        demand, offer = market.demands[UUID(pair.demand_id)], market.offers[UUID(pair.supply_id)]
        organization = market.organizations[UUID(pair.organization_id)]
        return cls(
            pair=pair,
            explanation=explain_pair(pair, policy=market.policy),
            judged_on=write_pair(demand, offer, organization_name=organization.name),
            demand_title=demand.title,
            demand_division=demand.division_code,
            demand_fields=sorted(demand.fields),
            is_government_purchase=demand.is_government_purchase,
            supply_title=offer.supply.title,
            organization_name=organization.name,
            record_division=organization.record_division,
        )


async def propose_pairing(
    session: Session,
    *,
    command: PairingCreate,
    by: Principal,
    scorer: Scorer,
    today: date,
    at: datetime,
    live: LiveMarket | None = None,
) -> Pairing:
    """
    Begin a pairing by order (点单), take (接单) or invitation (派单); it passes the gates like any other.

    :raises DemandUnknown: if the caller may not know of the demand
    :raises SupplyUnknown: if the caller may not know of the supply
    :raises OutOfScope: if the caller stands for neither side of it
    :raises DemandNotOpen: if the demand takes no proposals
    :raises SupplyNotListed: if the supply is not offered
    :raises PairingUnderway: if the two have an unfinished pairing that the caller sees
    :raises PairNotProposable: if they have one of which the caller is not to know
    :raises PairExcluded: if the gates exclude the pair, with every reason and remedy
    """
    profiles = ProfileRepository(session)
    await profiles.get_demand(command.demand_id, visible_to=by)
    await profiles.get_supply(command.supply_id, visible_to=by)
    async with whole_platform(session):  # to hold a row is to PostgreSQL a right to change it, which no side has here
        demand = await profiles.get_demand(command.demand_id, visible_to=by, for_share=True)
        supply = await profiles.get_supply(command.supply_id, visible_to=by, for_share=True)
        organization = await profiles.find_organization(supply.organization_id, for_share=True)
    if organization is None:
        raise SupplyUnknown
    origin = _find_origin(by, demand, organization)
    if not demand.is_open:
        raise DemandNotOpen(pointer="/demand_id")
    if not supply.is_listed:
        raise SupplyNotListed(pointer="/supply_id")
    await _refuse_second(session, demand.id, supply.id, by)
    scored = await score_present_pair(
        session, demand=demand, supply=supply, organization=organization, today=today, scorer=scorer, live=live
    )
    proposal = Proposal.of(scored.score, scored.market)
    if proposal.pair.excluded:
        raise PairExcluded(**tell_reasons(proposal.pair.excluded))
    try:
        return await store_proposal(
            session,
            proposal=proposal,
            origin=origin,
            deadlines=Deadlines.of(scored.market.policy),
            by=by,
            today=today,
            at=at,
        )
    except PairingUnderway:  # somebody began one meanwhile, which may be on hold
        raise PairNotProposable from None


async def _refuse_second(session: Session, demand_id: UUID, supply_id: UUID, by: Principal) -> None:
    pairings = PairingRepository(session)
    if await pairings.has_unfinished(demand_id, supply_id, visible_to=by):
        raise PairingUnderway
    async with whole_platform(session):
        # One on hold is known to who began it and to the offices alone: nothing in the answer tells of it.
        hidden = await pairings.has_unfinished(demand_id, supply_id)
    if hidden:
        raise PairNotProposable


async def store_proposal(
    session: Session,
    *,
    proposal: Proposal,
    origin: PairingOrigin,
    deadlines: Deadlines,
    today: date,
    at: datetime,
    by: Principal | None = None,
    run_id: UUID | None = None,
    previous_pairing_id: UUID | None = None,
) -> Pairing:
    """
    Store a pairing, open or on hold, and tell its sides or the office that may release it.

    :raises PairingUnderway: if the two have an unfinished pairing, or the predecessor has a successor
    """
    pair = proposal.pair
    pairing = Pairing(
        status=PairingStatus.ON_HOLD,
        origin=origin,
        demand_id=UUID(pair.demand_id),
        demand_title=proposal.demand_title,
        demand_division=proposal.demand_division,
        demand_fields=proposal.demand_fields,
        supply_id=UUID(pair.supply_id),
        supply_title=proposal.supply_title,
        organization_id=UUID(pair.organization_id),
        organization_name=proposal.organization_name,
        record_division=proposal.record_division,
        is_government_purchase=proposal.is_government_purchase,
        # Ordering and taking are that side's interest.
        demand_answer=Answer.INTERESTED if origin is PairingOrigin.ORDERED else None,
        supply_answer=Answer.INTERESTED if origin is PairingOrigin.TAKEN else None,
        hold_reasons=[reason.describe() for reason in pair.held],
        score=pair.total,
        policy_version=pair.policy_version,
        model_hash=pair.model_hash,
        explanation=proposal.explanation,
        judged_on=proposal.judged_on,
        previous_pairing_id=previous_pairing_id,
        run_id=run_id,
    )
    if not pair.held:
        pairing.begin(today=today, deadlines=deadlines, at=at)
    await PairingRepository(session).add(pairing)
    happened = "on_hold" if pair.held else "proposed"
    reason = ", ".join(one.code for one in pair.held) or None
    await record_event(session, pairing=pairing, happened=happened, at=at, by=by, reason=reason)
    return pairing


def _find_origin(by: Principal, demand: DemandProfile, organization: OrganizationProfile) -> PairingOrigin:
    """Tell from the caller whether a pairing is ordered, taken or invited."""
    if by.role in (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR):
        if by.covers(demand.division):
            return PairingOrigin.ORDERED
        raise OutOfScope(pointer="/demand_id")
    if by.role is Role.ORGANIZATION and by.speaks_for(organization.id):
        return PairingOrigin.TAKEN
    if by.role in (Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER) and by.covers(organization.record_division):
        return PairingOrigin.INVITED
    raise OutOfScope(pointer="/supply_id")
