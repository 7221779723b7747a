"""The market in memory: an engine, and the facts of each of its last positions, so that an answer never mixes two."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from services.matching.candidates.actions.market import Market, Named
from services.matching.candidates.actions.overlay import Overlay
from services.matching.candidates.actions.texts import LiveTextModel
from services.matching.engine.changes import Change, DemandClosed, DemandOpened, SupplyOffered, SupplyWithdrawn
from services.matching.engine.definition import POOL, read_definition
from services.matching.profiles.models import OrganizationProfile
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.text import Vector

if TYPE_CHECKING:  # importing numba takes most of a second, and only who builds an engine pays it
    from services.matching.engine.engine import Answer, Engine
    from services.matching.engine.searching import Found

T = TypeVar("T")
POSITIONS_KEPT = 64
"""Of older positions no answer is under way any more; if one is, it is asked again."""
MOST_BY_REFERENCE = 500
"""Up to so many pairs are scored by the reference while somebody waits: some tenths of a second."""
LEAST_CHANGES, SHARE_OF_CHANGES = 2_000, 0.2
"""When more of the market has changed than both, the weights of terms are those of another corpus."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization as answers name it."""

    id: UUID
    name: str
    record_division: str

    @classmethod
    def of(cls, organization: OrganizationProfile) -> "Owner":
        """Return what answers tell of an organization."""
        return cls(organization.id, organization.name, organization.record_division)


@dataclass(frozen=True)
class News:
    """What has changed: the facts of what is open or listed now, and ``None`` for what is not (any more)."""

    seen: Mapping[str, int]
    cursors: Mapping[str, str]
    demands: Mapping[UUID, DemandFacts | None]
    offers: Mapping[UUID, Offer | None]
    owners: Mapping[UUID, Owner]
    oldest_at: datetime | None

    def list_changes(self) -> list[Change]:
        """Return the changes as the engine takes them."""
        opened: list[Change] = [
            DemandOpened(facts) if facts else DemandClosed(str(one)) for one, facts in self.demands.items()
        ]
        offered: list[Change] = [
            SupplyOffered(offer) if offer else SupplyWithdrawn(str(one)) for one, offer in self.offers.items()
        ]
        return opened + offered


class LiveMarket:
    """
    An engine with the facts behind its answers; one thread applies what is new, any number of others ask.

    ``seen`` are the numbers of the last changes that it knows of, by source; ``by_reference`` is up to how many pairs
    the reference is asked instead of the engine.
    """

    def __init__(
        self,
        engine: "Engine",
        market: Market,
        *,
        model: LiveTextModel,
        terms_id: UUID,
        seen: Mapping[str, int],
        executor: Executor,
        by_reference: int = MOST_BY_REFERENCE,
    ) -> None:
        self.engine, self.model, self.terms_id = engine, model, terms_id
        self.seen, self.by_reference = seen, by_reference
        self.meaning_slope = read_definition(market.policy).meaning_slope
        self._executor = executor
        self._number = engine.position
        self._views = {self._number: market}
        self._changed = 0
        self._partnered: dict[str, set[UUID]] = defaultdict(set)
        self._note_partners(market.offers.values())

    @property
    def market(self) -> Market:
        """Return the facts of the present position."""
        return self._views[self._number]

    @property
    def is_outgrown(self) -> bool:
        """Tell whether so much has changed that the weights of terms should be counted anew."""
        size = len(self.market.demands) + len(self.market.offers)
        return self._changed > max(LEAST_CHANGES, SHARE_OF_CHANGES * size)

    async def run(self, work: Callable[[], T]) -> T:
        """Do CPU work in one of the threads that ask the engine."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def list_partnered(self, organization_ids: Iterable[UUID]) -> set[UUID]:
        """Return the organizations that named one of some as their cooperating fund-raiser, as far as is known here."""
        return {one for partner in organization_ids for one in self._partnered.get(str(partner), ())}

    def apply(self, news: News, vectors: Mapping[str, Vector]) -> None:
        """Take what is new, with the vectors of its texts; answers asked from now on know it."""
        market = self.market
        changes = news.list_changes()
        if not changes:
            self._views[self._number] = replace(market, cursors=news.cursors)
            self.seen = news.seen
            return
        number = self._number + 1
        self._views[number] = replace(
            market,
            demands=_overlay(market.demands).change(news.demands),
            offers=_overlay(market.offers).change(news.offers),
            organizations=_overlay(market.organizations).change(news.owners),
            cursors=news.cursors,
        )
        self._note_partners(offer for offer in news.offers.values() if offer is not None)
        with self.model.vectors.given(vectors):
            self.engine.apply(changes, number)
        self._number, self.seen = number, news.seen
        self._changed += len(changes)
        self._views.pop(number - POSITIONS_KEPT, None)

    def find_supplies(self, demand_id: UUID, demand: DemandFacts) -> "tuple[Market, list[Found]]":
        """Return the best supplies of a demand, by ``demand`` itself if it is not open, and the market they are of."""
        market, found = self._ask(lambda: self._ask_for_demand(demand_id, demand))
        return add_demand(market, demand_id, demand), found

    def find_demands(self, supply_id: UUID, offer: Offer, owner: Named) -> "tuple[Market, list[Found]]":
        """Return the best demands of a supply, by ``offer`` itself if it is not listed, and the market they are of."""
        market, found = self._ask(lambda: self._ask_for_supply(supply_id, offer))
        return add_offer(market, supply_id, offer, owner), found

    def _ask_for_demand(self, demand_id: UUID, demand: DemandFacts) -> "Answer":
        from services.matching.engine.engine import NotInTheMarket

        try:
            return self.engine.candidates(str(demand_id), POOL)
        except NotInTheMarket:
            return self.engine.candidates(demand, POOL)

    def _ask_for_supply(self, supply_id: UUID, offer: Offer) -> "Answer":
        from services.matching.engine.engine import NotInTheMarket

        try:
            return self.engine.candidates_for_supply(str(supply_id), POOL)
        except NotInTheMarket:
            return self.engine.candidates_for_supply(offer, POOL)

    def _ask(self, ask: "Callable[[], Answer]") -> "tuple[Market, list[Found]]":
        while True:
            answer = ask()
            market = self._views.get(answer.position)
            if market is not None:
                return market, answer.found

    def _note_partners(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            partner = offer.organization.cooperating_fundraiser
            if partner is not None:
                self._partnered[partner.organization_id].add(UUID(offer.organization.organization_id))


def add_demand(market: Market, demand_id: UUID, demand: DemandFacts) -> Market:
    """Return the market with a demand that stands outside it; one that is open stays as it is there."""
    if demand_id in market.demands:
        return market
    return replace(market, demands=_overlay(market.demands).change({demand_id: demand}))


def add_offer(market: Market, supply_id: UUID, offer: Offer, owner: Named) -> Market:
    """Return the market with a supply that stands outside it; one that is listed stays as it is there."""
    if supply_id in market.offers:
        return market
    return replace(
        market,
        offers=_overlay(market.offers).change({supply_id: offer}),
        organizations=_overlay(market.organizations).change({owner.id: owner}),
    )


def _overlay(whole: Mapping[UUID, T]) -> Overlay[UUID, T]:
    return whole if isinstance(whole, Overlay) else Overlay(whole)
