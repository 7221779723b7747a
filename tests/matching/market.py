"""A small market that comes in through the feeds: Zhaojue county's demands and a foundation's supplies."""

from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import BaseModel

from services.matching.candidates.actions.scorer import Scorer
from services.matching.pairings.consumers import PROJECTS_EVENTS, REGISTRY_EVENTS
from services.matching.scoring.text import SentenceEncoder, Vector
from shared import clock
from shared.contracts.events import CloudEvent
from shared.contracts.projects import DEMAND_CHANGED, SUPPLY_CHANGED, DemandSnapshot, SupplySnapshot
from shared.contracts.registry import DIVISION_CHANGED, ORGANIZATION_CHANGED, DivisionSnapshot, OrganizationSnapshot
from shared.db import Database, new_id

ZHAOJUE = "513431000000"
VILLAGE = "513431101201"
CHENGDU = "510100000000"
TYPES: dict[type[BaseModel], str] = {
    DivisionSnapshot: DIVISION_CHANGED,
    OrganizationSnapshot: ORGANIZATION_CHANGED,
    DemandSnapshot: DEMAND_CHANGED,
    SupplySnapshot: SUPPLY_CHANGED,
}
_versions = count(1)


class FakeEncoder(SentenceEncoder):
    """Vectors from the characters of a text: near texts share many of them."""

    weights_hash = "fake"  # type: ignore[assignment]

    def encode(self, texts: Any) -> Vector:
        assert self._cache is not None
        for text in texts:
            if text not in self._cache:
                row = np.zeros(512, dtype=np.float32)
                for character in text:
                    row[ord(character) % 512] += 1
                self._cache[text] = row / (np.linalg.norm(row) or 1)
        return np.stack([self._cache[text] for text in texts]) if texts else np.zeros((0, 512), dtype=np.float32)


def make_scorer() -> Scorer:
    return Scorer(FakeEncoder)


def make_organization(**changes: Any) -> OrganizationSnapshot:
    facts: dict[str, Any] = {
        "id": new_id(),
        "name": "四川某乡村发展基金会",
        "type": "foundation",
        "level": "provincial",
        "is_legal_person": True,
        "registered_division": "510000000000",
        "record_division": CHENGDU,
        "registration_status": "normal",
        "enrolment_status": "active",
        "credit_status": "normal",
    }
    return OrganizationSnapshot(**{**facts, **changes})


def make_demand(**changes: Any) -> DemandSnapshot:
    facts: dict[str, Any] = {
        "id": new_id(),
        "status": "published",
        "division": VILLAGE,
        "level": "village",
        "title": "村小缺图书",
        "description": "想给三个教学点的孩子添些书。",
        "fields": ["education"],
        "help_forms": ["fund"],
        "beneficiary_groups": ["children_youth"],
        "persons": 100,
        "monitored_persons": 37,
        "assist_mode": "relief",
        "budget_fen": 1_000_000,
        "requires_public_fundraising": False,
        "procurement": "none",
        "places": 1,
        "places_taken": 0,
        "owner_division": ZHAOJUE,
    }
    return DemandSnapshot(**{**facts, **changes})


def make_supply(organization: OrganizationSnapshot | UUID, **changes: Any) -> SupplySnapshot:
    facts: dict[str, Any] = {
        "id": new_id(),
        "organization_id": getattr(organization, "id", organization),
        "status": "listed",
        "title": "乡村图书角",
        "description": "为乡村学校教学点的孩子配图书。",
        "fields": ["education"],
        "help_forms": ["fund"],
        "beneficiary_groups": ["children_youth"],
        "assist_mode": "relief",
        "service_regions": ["51"],
        "capacity_total": 2,
        "capacity_used_elsewhere": 0,
        "capacity_used_here": 0,
        "available_fen": 1_000_000,
        "plans_public_fundraising": False,
    }
    return SupplySnapshot(**{**facts, **changes})


def change(snapshot: Any, **changes: Any) -> Any:
    return type(snapshot).model_validate({**snapshot.model_dump(), **changes})


def make_event(snapshot: BaseModel) -> CloudEvent:
    kind = TYPES[type(snapshot)]
    return CloudEvent(
        id=str(new_id()),
        source="/test",
        type=kind,
        subject=str(snapshot.id),  # type: ignore[attr-defined]
        time=clock.now(),
        aggregateversion=next(_versions),
        reason="test",
        data=snapshot.model_dump(mode="json"),
    )


async def announce(database: Database, *snapshots: BaseModel) -> None:
    """Apply the snapshots as the worker applies the neighbours' events."""
    apply = {**REGISTRY_EVENTS, **PROJECTS_EVENTS}
    async with database.transaction() as session:
        for snapshot in snapshots:
            event = make_event(snapshot)
            await apply[event.type](session, [event], False)
