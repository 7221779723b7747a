"""Read what can be matched on a day, with the vectors of its texts ready."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Protocol
from uuid import UUID

import numpy as np

from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.repository import MarketRepository, VectorRepository
from services.matching.policies.actions import read_current_policy
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.models import DemandProfile, OrganizationProfile, SupplyProfile
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.text import Vector
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared.db import Session

READ_AT_ONCE = 2_000
ENCODED_AT_ONCE = 50  # others wait for the scorer's thread meanwhile


read_id = lru_cache(maxsize=20_000)(UUID)
"""Read the id of a pair: each stands in an answer several times, and in many answers."""


class Named(Protocol):
    """An organization as answers name it."""

    @property
    def id(self) -> UUID:
        """Return its id."""
        ...

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def record_division(self) -> str:
        """Return where its record is kept."""
        ...


@dataclass(frozen=True)
class Market:
    """
    Open demands and listed supplies as facts, the policy in force, and the organizations behind the supplies.

    ``cursors`` tell how far each neighbour's feed had been read, at least.
    """

    policy: Policy
    as_of: date
    demands: Mapping[UUID, DemandFacts]
    offers: Mapping[UUID, Offer]
    organizations: Mapping[UUID, Named]
    cursors: Mapping[str, str]

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


async def count_market(session: Session) -> int:
    """Return how many open demands and listed supplies there are."""
    return await MarketRepository(session).count()


async def list_texts(
    session: Session, *, demand_ids: Iterable[UUID], supply_ids: Iterable[UUID], today: date
) -> tuple[str, ...]:
    """Return the texts of those demands and supplies that are open and listed, each once."""
    profiles = ProfileRepository(session)
    opened = [one for one in await profiles.list_demands(demand_ids) if one.is_open]
    listed = [one for one in await profiles.list_supplies(set(supply_ids)) if one[0].is_listed]
    texts = {read_demand_text(one) for one in await read_demand_facts(session, demands=opened, today=today)}
    offers = await read_offers(session, supplies=listed, today=today)
    return tuple(sorted(texts | {read_supply_text(offer.supply) for offer in offers}))


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


async def read_vectors(session: Session, *, texts: Iterable[str], scorer: Scorer) -> dict[str, Vector]:
    """Return the vectors of texts that are saved; the ones that are new are encoded and stored."""
    weights_hash = await scorer.read_weights_hash()
    wanted = sorted(set(texts))
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        some = wanted[start : start + READ_AT_ONCE]
        found |= await VectorRepository(session).find(some, weights_hash=weights_hash)
    fresh = [text for text in wanted if text not in found]
    for start in range(0, len(fresh), ENCODED_AT_ONCE):
        encoded = await scorer.encode(fresh[start : start + ENCODED_AT_ONCE])
        await VectorRepository(session).add(encoded, weights_hash=weights_hash)
        found |= encoded
    return {text: np.frombuffer(vector, dtype="<f4") for text, vector in found.items()}


async def _read_facts(
    session: Session,
    today: date,
    demand: DemandProfile | None = None,
    supply: tuple[SupplyProfile, OrganizationProfile] | None = None,
) -> Market:
    profiles = ProfileRepository(session)
    policy = (await read_current_policy(session, today=today)).read()
    cursors = await profiles.read_cursors()  # first: what is read afterwards is at least as new
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
        cursors=cursors,
    )
