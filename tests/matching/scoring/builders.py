"""Facts with sensible defaults, and a text model whose answers a test chooses."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts, QualificationFacts, SupplyFacts
from services.matching.scoring.text import TextSimilarity, TextVectors

TODAY = date(2026, 11, 22)
VALID = QualificationFacts(held=True)


def make_demand(**changes: Any) -> DemandFacts:
    facts: dict[str, Any] = {
        "demand_id": "demand-1",
        "title": "村小缺图书",
        "description": "想给三个教学点的娃添些书。",
        "division_code": "510703",
        "fields": frozenset({"education"}),
        "help_forms": frozenset({"fund"}),
        "groups": frozenset({"children_youth"}),
        "assist_mode": "relief",
        "persons": 100,
        "budget_fen": 10_000_00,
    }
    return DemandFacts(**{**facts, **changes})


def make_organization(**changes: Any) -> OrganizationFacts:
    facts: dict[str, Any] = {
        "organization_id": "organization-1",
        "type": "foundation",
        "level": "provincial",
        "registered_division": "510000",
    }
    return OrganizationFacts(**{**facts, **changes})


def make_supply(**changes: Any) -> SupplyFacts:
    facts: dict[str, Any] = {
        "supply_id": "supply-1",
        "organization_id": "organization-1",
        "title": "乡村图书角",
        "description": "为乡村学校配图书。",
        "fields": frozenset({"education"}),
        "help_forms": frozenset({"fund"}),
        "groups": frozenset({"children_youth"}),
        "service_regions": ("51",),
        "capacity_total": 5,
        "capacity_used": 2,
        "assist_mode": "relief",
        "budget_fen": 10_000_00,
    }
    return SupplyFacts(**{**facts, **changes})


def make_offer(supply: SupplyFacts | None = None, organization: OrganizationFacts | None = None) -> Offer:
    return Offer(supply=supply or make_supply(), organization=organization or make_organization())


class HashTextModel:
    """A fake text model: the nearness of two texts is an arbitrary but fixed number that both texts decide."""

    model_hash = "fake"

    def encode(self, texts: Sequence[str]) -> TextVectors:
        terms = tuple({text: 1.0} for text in texts)
        return TextVectors(embeddings=np.zeros((len(texts), 512), dtype=np.float32), terms=terms)

    def compare(self, demands: TextVectors, supplies: TextVectors) -> TextSimilarity:
        values = np.array(
            [[self._number("".join(a) + "".join(b)) for b in supplies.terms] for a in demands.terms],
            dtype=np.float64,
        ).reshape(len(demands.terms), len(supplies.terms))
        return TextSimilarity(meaning=values, terms=values / 2)

    @staticmethod
    def _number(text: str) -> float:
        return int(hashlib.sha256(text.encode()).hexdigest()[:6], 16) / 0xFFFFFF
