"""How many more proposals a demand and a supply may get: one rule for the batch run and for the next best."""

from dataclasses import dataclass
from uuid import UUID

from services.matching.pairings.repository import PairingRepository
from services.matching.scoring.facts import DemandFacts, SupplyFacts
from shared.contracts.codes import PairingStatus
from shared.db import Session

PUSHED = (PairingStatus.OPEN, PairingStatus.CONFIRMING)


@dataclass(frozen=True)
class Pending:
    """
    The pairings that may still take a place or a unit, by demand and by supply.

    ``pushed`` counts open and confirming pairings of a demand, ``waiting`` also those on hold; ``promised`` counts all
    three for a supply.
    """

    pushed: dict[UUID, int]
    waiting: dict[UUID, int]
    promised: dict[UUID, int]

    def count_places(self, demand: DemandFacts, *, quota: int, held: bool) -> int:
        """Return how many more may be proposed to a demand: what is on hold leaves its place to what is not."""
        pending = self.waiting if held else self.pushed
        return max(0, min(demand.places, quota) - pending.get(UUID(demand.demand_id), 0))

    def count_units(self, supply: SupplyFacts) -> int:
        """Return how many more may be proposed to a supply."""
        return max(0, supply.capacity_total - supply.capacity_used - self.promised.get(UUID(supply.supply_id), 0))


async def read_pending(session: Session) -> Pending:
    """Return what is pending now."""
    pairings = PairingRepository(session)
    return Pending(
        pushed=await pairings.count_pending("demand_id", PUSHED),
        waiting=await pairings.count_pending("demand_id"),
        promised=await pairings.count_pending("supply_id"),
    )
