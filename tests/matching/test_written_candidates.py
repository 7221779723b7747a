"""A list of candidates that is written part by part says the same as its model."""

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.candidates.schemas.candidates import (
    CandidateList,
    CandidateRead,
    PositionRead,
    join_sentences,
    list_parts,
    write_list,
)
from services.matching.scoring.explanation import explain_pair
from services.matching.scoring.ranking import PairScore
from services.matching.scoring.sides import open_to_sides
from shared.db import new_id
from tests.matching.scoring.builders import make_demand, make_offer, make_organization, make_supply
from tests.matching.scoring.scored_pairs import POLICY, score

PAIRS = [
    score(make_demand(title="“书”\\\n与\u2028字", budget_fen=None, ends_on=None)),
    score(make_demand(procurement="government_purchase"), make_offer(make_supply(budget_fen=0))),
    score(offer=make_offer(organization=make_organization(credit_status="abnormal", completed_pairings=2))),
    score(offer=make_offer(make_supply(capacity_used=5, groups=frozenset({"elderly"})))),
]


def show(pair: PairScore, explanation: dict[str, Any], rank: int | None) -> dict[str, Any]:
    return {
        "demand_id": new_id(), "demand_title": "“书”\\\n与\u2028字", "demand_division": "513431101201",
        "supply_id": new_id(), "supply_title": "图书角", "organization_id": new_id(), "organization_name": "基金会",
        "rank": rank, "score": explanation["total"], "eligibility": pair.status,
        "reasons": [*explanation["excluded"], *explanation["held"]],
        "explanation": join_sentences(explanation), "parts": list_parts(explanation),
    }  # fmt: skip


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans(), st.none() | st.integers(1, 9)), max_size=4))
def test_a_written_list_is_the_json_of_its_model(chosen: list[tuple[PairScore, bool, int | None]]) -> None:
    items = []
    for pair, of_side, rank in chosen:
        explanation = explain_pair(pair, policy=POLICY)
        items.append(show(pair, open_to_sides(explanation) if of_side else explanation, rank))
    head = CandidateList(
        policy_version="1", model_hash="0", as_of_position=PositionRead(as_of=date(2026, 11, 22)), complete=True,
        eligible=1, held=1, items=[],
    )  # fmt: skip
    written = write_list(head, items)
    shown = CandidateList.model_validate_json(written)
    assert shown == head.model_copy(update={"items": [CandidateRead(**item) for item in items]})
    assert json.loads(written) == shown.model_dump(mode="json", by_alias=True)
