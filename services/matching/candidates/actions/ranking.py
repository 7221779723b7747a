"""Put the candidates of one demand or of one supply of a market in their order, and cut out the page wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from services.matching.candidates.actions.market import Market, read_id
from services.matching.scoring.explanation import Explainer
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.ranking import Measured, PairScore, rank_demands, rank_supplies
from services.matching.scoring.sides import order_for_sides, round_for_sides
from services.matching.scoring.text import TextModel
from shared.auth.principals import Principal
from shared.contracts.codes import FieldCode, OrganizationType
from shared.paging import Slice, cut_page

M = TypeVar("M", bound=Measured)


@dataclass(frozen=True)
class Wanted:
    """
    Which candidates are wanted, and which page of them.

    Place, field and type are asked of the other side: of the demands for a supply, of the supplies for a demand.
    """

    limit: int = 20
    cursor: str | None = None
    include_excluded: bool = False
    eligibility: frozenset[str] = frozenset({"eligible", "held"})
    division: str = ""
    field: FieldCode | None = None
    organization_type: OrganizationType | None = None
    minimum_score: float = 0

    @property
    def takes_everything(self) -> bool:
        """Tell whether neither place nor field nor type is asked for."""
        return not self.division and self.field is None and self.organization_type is None

    def suits_offer(self, offer: Offer, market: Market) -> bool:
        """Tell whether a supply is of the place, field and type wanted."""
        division = market.organizations[UUID(offer.supply.organization_id)].record_division
        type_suits = self.organization_type in (None, offer.organization.type)
        return type_suits and self._suits(offer.supply.fields, division)

    def suits_demand(self, demand: DemandFacts) -> bool:
        """Tell whether a demand is of the place and field wanted."""
        return self._suits(demand.fields, demand.division_code)

    def _suits(self, fields: frozenset[str], division: str) -> bool:
        return division.startswith(self.division) and (self.field is None or self.field.value in fields)


@dataclass(frozen=True)
class Candidate:
    """A ranked pair with its explanation; ``rank`` is missing for an excluded one."""

    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    rank: int | None
    pair: PairScore
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Ranking:
    """
    The candidates shown, and how many of all are eligible, held and excluded, if that is known.

    A ranking is ``complete`` if no candidate that is not excluded was left out.
    """

    market: Market
    model_hash: str
    eligible: int
    held: int
    excluded: int | None
    complete: bool
    items: list[Candidate]
    next_cursor: str | None = None


def rank_for_demand(market: Market, demand_id: UUID, *, model: TextModel, wanted: Wanted, by: Principal) -> Ranking:
    """Rank the wanted offers of a market for one of its demands."""
    offers = [offer for offer in market.offers.values() if wanted.suits_offer(offer, market)]
    demand = market.demands[demand_id]
    pairs = rank_supplies(demand, offers, policy=market.policy, as_of=market.as_of, text_model=model)
    return _rank_all(pairs, model.model_hash, market, wanted, by)


def rank_for_supply(market: Market, supply_id: UUID, *, model: TextModel, wanted: Wanted, by: Principal) -> Ranking:
    """Rank the wanted demands of a market for one of its offers."""
    demands = [one for one in market.demands.values() if wanted.suits_demand(one)]
    offer = market.offers[supply_id]
    pairs = rank_demands(offer, demands, policy=market.policy, as_of=market.as_of, text_model=model)
    return _rank_all(pairs, model.model_hash, market, wanted, by)


def _rank_all(pairs: Sequence[PairScore], model_hash: str, market: Market, wanted: Wanted, by: Principal) -> Ranking:
    excluded = sum(bool(pair.excluded) for pair in pairs)
    return present(
        pairs, market, wanted, by, model_hash=model_hash, excluded=excluded, complete=True,
        order=lambda pair: pair.order, score=lambda pair: pair,
    )  # fmt: skip


def present(
    pairs: Sequence[M],
    market: Market,
    wanted: Wanted,
    by: Principal,
    *,
    model_hash: str,
    excluded: int | None,
    complete: bool,
    order: Callable[[M], tuple[object, ...]],
    score: Callable[[M], PairScore],
) -> Ranking:
    """
    Return the page wanted of pairs, in the order that the caller may see.

    They come in their true order, of which ``order`` tells one's key; ``score`` scores one that is shown.
    """
    if not by.sees_official_fields:
        # What a side does not see must not follow from the order, the cursor or the least score either.
        order, pairs = order_for_sides, sorted(pairs, key=order_for_sides)
    statuses = [pair.status for pair in pairs]
    open_ones = (id(pair) for pair, status in zip(pairs, statuses, strict=True) if status != "excluded")
    places = dict(zip(open_ones, count(1), strict=False))
    good = [pair for pair in pairs if see_total(pair, by) >= wanted.minimum_score] if wanted.minimum_score else pairs
    page: Slice[M] = cut_page(
        [pair for pair in good if pair.status in wanted.eligibility],
        key=order,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    shown, explainer = list(page.items), Explainer(market.policy)
    if wanted.include_excluded and wanted.cursor is None and "excluded" not in wanted.eligibility:
        shown += [pair for pair in good if pair.status == "excluded"][: wanted.limit]
    return Ranking(
        market=market,
        model_hash=model_hash,
        eligible=statuses.count("eligible"),
        held=statuses.count("held"),
        excluded=excluded,
        complete=complete,
        items=[describe_candidate(score(pair), places.get(id(pair)), market, explainer) for pair in shown],
        next_cursor=page.next_cursor,
    )


def see_total(pair: Measured, by: Principal) -> float:
    """Return the total as the caller sees it."""
    return pair.total if by.sees_official_fields else round_for_sides(pair.fit, pair.tilt)[2]


def describe_candidate(
    pair: PairScore, rank: int | None, market: Market, explainer: Explainer | None = None
) -> Candidate:
    """Return a pair with its names and its explanation."""
    demand_id, supply_id = read_id(pair.demand_id), read_id(pair.supply_id)
    demand, offer = market.demands[demand_id], market.offers[supply_id]
    organization = market.organizations[read_id(pair.organization_id)]
    return Candidate(
        demand_id=demand_id,
        demand_title=demand.title,
        demand_division=demand.division_code,
        supply_id=supply_id,
        supply_title=offer.supply.title,
        organization_id=organization.id,
        organization_name=organization.name,
        rank=rank,
        pair=pair,
        explanation=(explainer or Explainer(market.policy)).explain(pair),
    )
