"""What can happen to the market between two positions of the feeds."""

from dataclasses import dataclass

from services.matching.scoring.facts import DemandFacts, Offer


@dataclass(frozen=True, slots=True)
class SupplyOffered:
    """A supply is offered, or what counts about it or its organization has changed."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class SupplyWithdrawn:
    """A supply may no longer be found; a full one is no other case."""

    supply_id: str


@dataclass(frozen=True, slots=True)
class DemandOpened:
    """A demand is open, or what counts about it has changed."""

    demand: DemandFacts


@dataclass(frozen=True, slots=True)
class DemandClosed:
    """A demand may no longer be found."""

    demand_id: str


Change = SupplyOffered | SupplyWithdrawn | DemandOpened | DemandClosed
