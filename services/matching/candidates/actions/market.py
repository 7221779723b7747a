"""Read what can be matched on a day, with the vectors of its texts ready."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.repository import VectorRepository
from services.matching.policies.actions import read_current_policy
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.models import DemandProfile, OrganizationProfile, SupplyProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.db import Session


@dataclass(frozen=True)
class Market:
    """Open demands and listed supplies as facts, the policy in force, and the organizations behind the supplies."""

    policy: Policy
    as_of: date
    demands: dict[UUID, DemandFacts]
    offers: dict[UUID, Offer]
    organizations: dict[UUID, OrganizationProfile]

    @cached_property
    def corpus(self) -> tuple[str, ...]:
        """Return every text of the market once, in a fixed order."""
        texts = {read_demand_text(demand) for demand in self.demands.values()}
        return tuple(sorted(texts | {read_supply_text(offer.supply) for offer in self.offers.values()}))


async def read_market(
    session: Session,
    *,
    today: date,
    scorer: Scorer,
    demand: DemandProfile | None = None,
    supply: tuple[SupplyProfile, OrganizationProfile] | None = None,
) -> Market:
    """
    Return the market on a legal day, together with a demand or supply that stands outside it.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    market = await _read_facts(session, today, demand, supply)
    await prepare_vectors(session, texts=await scorer.run(lambda: market.corpus), scorer=scorer)
    return market


async def list_texts(session: Session, *, today: date, scorer: Scorer) -> tuple[str, ...]:
    """
    Return every text of the market once, whether its vector is ready or not.

    :raises NoPolicyInForce: if no policy is in force on the day
    """
    market = await _read_facts(session, today)
    return await scorer.run(lambda: market.corpus)


async def prepare_vectors(session: Session, *, texts: tuple[str, ...], scorer: Scorer) -> int:
    """Bring the vectors of texts into memory, encode and store the ones that are new, and return how many were."""
    missing = scorer.list_unknown(texts)
    if not missing:
        return 0
    weights_hash = await scorer.read_weights_hash()
    stored = await VectorRepository(session).find(missing, weights_hash=weights_hash)
    await scorer.learn(stored)
    fresh = [text for text in missing if text not in stored]
    await VectorRepository(session).add(await scorer.encode(fresh), weights_hash=weights_hash)
    return len(fresh)


async def _read_facts(
    session: Session,
    today: date,
    demand: DemandProfile | None = None,
    supply: tuple[SupplyProfile, OrganizationProfile] | None = None,
) -> Market:
    profiles = ProfileRepository(session)
    policy = (await read_current_policy(session, today=today)).read()
    demands = {one.id: one for one in await profiles.list_open_demands()}
    supplies = {one.id: (one, organization) for one, organization in await profiles.list_supplies()}
    if demand is not None:
        demands[demand.id] = demand
    if supply is not None:
        supplies[supply[0].id] = supply
    demand_facts = await read_demand_facts(session, demands=list(demands.values()), today=today)
    offers = await read_offers(session, supplies=list(supplies.values()), today=today)
    return Market(
        policy=policy,
        as_of=today,
        demands=dict(zip(demands, demand_facts, strict=True)),
        offers=dict(zip(supplies, offers, strict=True)),
        organizations={organization.id: organization for _, organization in supplies.values()},
    )
