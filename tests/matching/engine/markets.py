"""Markets that hypothesis makes up, with texts that share some words, and a text model that needs no weights."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from services.matching.scoring.facts import AssessmentFacts, Offer, QualificationFacts
from services.matching.scoring.text import CorpusTextModel, Vector
from tests.matching.scoring.builders import VALID, make_demand, make_offer, make_organization, make_supply

PHRASES = ("村小缺图书", "想请老师来上课", "送书下乡", "义诊量血压", "打井引水", "培训种茶", "老人吃饭难", "修路灯")
DAYS = (None, date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 12, 31))


class HashEncoder:
    """A fake sentence embedding: a unit vector that the text decides."""

    weights_hash = "fake"

    def encode(self, texts: Sequence[str]) -> Vector:
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in texts]
        rows = [np.abs(np.random.default_rng(seed).normal(size=512)) for seed in seeds]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(-1, 512)


MODEL = CorpusTextModel.of_corpus(PHRASES, encoder=HashEncoder())  # type: ignore[arg-type]

_texts = st.lists(st.sampled_from(PHRASES), min_size=1, max_size=3).map("。".join)
_fields = st.frozensets(st.sampled_from(["education", "health", "industry"]), max_size=2)
_forms = st.frozensets(st.sampled_from(["fund", "expertise", "volunteer"]), max_size=2)
_groups = st.frozensets(st.sampled_from(["children_youth", "orphans", "villagers"]), max_size=2)
_modes = st.sampled_from([None, "relief", "development", "both"])

demands = st.builds(
    make_demand,
    title=_texts,
    description=_texts,
    division_code=st.sampled_from(["510703", "513429001002", "510722101", "520103"]),
    former_division_codes=st.sampled_from([(), ("510725",)]),
    fields=_fields,
    help_forms=_forms,
    groups=_groups,
    assist_mode=_modes,
    designations=st.sampled_from([frozenset[str](), frozenset({"lifted_county_832", "key_county_2021"})]),
    is_resettlement_site=st.booleans(),
    monitored_persons=st.none() | st.integers(0, 100),
    budget_fen=st.none() | st.sampled_from([0, 1, 10_000_00, 33_333_33]),
    secured_fen=st.none() | st.just(10_000_00),
    requires_public_fundraising=st.booleans(),
    procurement=st.sampled_from(["none", "none", "government_purchase"]),
    starts_on=st.sampled_from(DAYS),
    ends_on=st.sampled_from(DAYS),
)
_partners = st.none() | st.builds(
    make_organization,
    credit_status=st.sampled_from(["normal", "abnormal"]),
    public_fundraising=st.sampled_from([None, VALID]),
)
organizations = st.builds(
    make_organization,
    type=st.sampled_from(["foundation", "association", "other"]),
    level=st.sampled_from(["national", "provincial", "county", "community"]),
    registered_division=st.sampled_from([None, "100000", "330000", "510000", "510700", "510703"]),
    registration_status=st.sampled_from(["normal", "normal", "normal", "revoked", "not_registered"]),
    enrolment_status=st.sampled_from(["active", "active", "active", "left"]),
    credit_status=st.sampled_from(["normal", "normal", "abnormal", "seriously_illegal"]),
    annual_check=st.sampled_from([None, "passed", "failed"]),
    assessment=st.none() | st.builds(AssessmentFacts, grade=st.just("4A"), last_valid_on=st.sampled_from(DAYS)),
    public_fundraising=st.sampled_from([None, VALID, QualificationFacts(held=True, last_valid_on=date(2025, 1, 1))]),
    cooperating_fundraiser=_partners,
    is_legal_person=st.booleans(),
    charter_fields=st.none() | _fields,
    disclosure_overdue=st.sampled_from([None, False, False, True]),
    completed_pairings=st.none() | st.integers(0, 4),
)
supplies = st.builds(
    make_supply,
    supply_id=st.integers(0, 10**6).map(lambda number: f"s{number:07}"),
    title=_texts,
    description=_texts,
    fields=_fields,
    help_forms=_forms,
    groups=_groups,
    assist_mode=_modes,
    service_regions=st.sampled_from([("*",), ("51",), ("5107", "510722"), ("510703", "510725"), ("513429001",)]),
    capacity_used=st.integers(0, 5),
    budget_fen=st.none() | st.sampled_from([0, 5_000_00, 10_000_00]),
    plans_public_fundraising=st.booleans(),
    participations_last_3y=st.none() | st.integers(0, 3),
    starts_on=st.sampled_from(DAYS),
    ends_on=st.sampled_from(DAYS),
)
offers = st.builds(make_offer, supplies, organizations)

_EVERYWHERE = {"service_regions": ("*",), "plans_public_fundraising": False, "starts_on": None, "ends_on": None}
_SOUND = {"registration_status": "normal", "enrolment_status": "active", "is_legal_person": True}


def _mend(offer: Offer) -> Offer:
    supply = replace(offer.supply, **_EVERYWHERE, capacity_total=offer.supply.capacity_used + 1)
    return Offer(supply=supply, organization=replace(offer.organization, **_SOUND))


sound_offers = offers.map(_mend)
"""Offers without most of what would exclude them, so that there is something to hold, to rank and to allocate."""
