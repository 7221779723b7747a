"""Rank candidates for a draft that is not saved: its text is neither stored nor kept in memory."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.matching.candidates.actions.finding import find_for_demand, find_for_supply
from services.matching.candidates.actions.live import LiveMarket, Owner
from services.matching.candidates.actions.market import read_market
from services.matching.candidates.actions.ranking import Ranking, Wanted, rank_for_demand, rank_for_supply
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.errors import DraftContradicts
from services.matching.candidates.schemas.drafts import DemandDraft, SupplyDraft
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.errors import SupplyUnknown
from services.matching.profiles.models import DemandProfile, SupplyProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import DemandStatus, Role, SupplyStatus
from shared.db import Session

DRAFT = UUID(int=0)
"""The id under which a draft stands in the answer."""
DEMAND_SIDE = {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.PROVINCIAL_OFFICER}
SUPPLY_OFFICES = {Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER}


async def preview_demand(
    session: Session,
    *,
    draft: DemandDraft,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
    live: LiveMarket | None = None,
) -> Ranking:
    """
    Rank the listed supplies for a demand that is not saved.

    :raises OutOfScope: if its place is not the caller's to draft demands for
    :raises DraftContradicts: if its facts contradict each other
    """
    if by.role not in DEMAND_SIDE or not by.covers(draft.division):
        raise OutOfScope(pointer="/demand/division")
    if pointer := draft.find_contradiction(today):
        raise DraftContradicts(pointer=f"/demand/{pointer}")
    known = draft.snapshot(DRAFT)
    profile = DemandProfile(
        id=DRAFT,
        status=DemandStatus.DRAFT,
        division=known.division,
        title=known.title,
        data=known.model_dump(mode="json"),
    )
    if live is not None:
        (facts,) = await read_demand_facts(session, demands=[profile], today=live.market.as_of)
        text = read_demand_text(facts)
        vectors = {text: await scorer.encode_once(text)}
        return await find_for_demand(
            live, demand_id=DRAFT, demand=facts, vectors=vectors, is_draft=True, wanted=wanted, by=by
        )
    market = await read_market(session, today=today, scorer=scorer)
    (facts,) = await read_demand_facts(session, demands=[profile], today=today)
    whole = replace(market, demands={**market.demands, DRAFT: facts})
    return await scorer.score_once(
        market.corpus,
        [read_demand_text(facts)],
        lambda model: rank_for_demand(whole, DRAFT, model=model, wanted=wanted, by=by),
    )


async def preview_supply(
    session: Session,
    *,
    draft: SupplyDraft,
    by: Principal,
    scorer: Scorer,
    today: date,
    wanted: Wanted,
    live: LiveMarket | None = None,
) -> Ranking:
    """
    Rank the open demands for a supply that is not saved.

    :raises SupplyUnknown: if its organization is not known here
    :raises OutOfScope: if the caller may not draft supplies for the organization
    :raises DraftContradicts: if its facts contradict each other
    """
    owner_id = draft.organization_id or by.organization_id
    organization = await ProfileRepository(session).find_organization(owner_id) if owner_id else None
    if organization is None:
        raise SupplyUnknown(pointer="/supply/organization_id")
    keeps = by.role in SUPPLY_OFFICES and by.covers(organization.record_division)
    if not (by.speaks_for(organization.id) or keeps):
        raise OutOfScope(pointer="/supply/organization_id")
    if pointer := draft.find_contradiction(today):
        raise DraftContradicts(pointer=f"/supply/{pointer}")
    known = draft.snapshot(DRAFT, organization_id=organization.id)
    profile = SupplyProfile(
        id=DRAFT,
        status=SupplyStatus.DRAFT,
        organization_id=organization.id,
        title=known.title,
        data=known.model_dump(mode="json"),
    )
    if live is not None:
        (offer,) = await read_offers(session, supplies=[(profile, organization)], today=live.market.as_of)
        text = read_supply_text(offer.supply)
        vectors = {text: await scorer.encode_once(text)}
        return await find_for_supply(
            live,
            supply_id=DRAFT,
            offer=offer,
            owner=Owner.of(organization),
            vectors=vectors,
            is_draft=True,
            wanted=wanted,
            by=by,
        )
    market = await read_market(session, today=today, scorer=scorer)
    (offer,) = await read_offers(session, supplies=[(profile, organization)], today=today)
    whole = replace(
        market,
        offers={**market.offers, DRAFT: offer},
        organizations={**market.organizations, organization.id: organization},
    )
    return await scorer.score_once(
        market.corpus,
        [read_supply_text(offer.supply)],
        lambda model: rank_for_supply(whole, DRAFT, model=model, wanted=wanted, by=by),
    )
