"""The policy that scores are computed by."""

import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from services.matching.policies.actions.citing import list_rules
from services.matching.policies.actions.defending import check_policy
from services.matching.scoring.policy import parse_policy
from shared.contracts.dictionaries import dictionaries
from tests.matching.scoring.scored_pairs import POLICY


def test_the_default_policy_knows_only_codes_of_the_dictionaries() -> None:
    def codes(name: str) -> set[str]:
        return {item.code for item in dictionaries()[name].items}

    assert POLICY.type_affinity.keys() <= codes("organization_type")
    assert {form for forms in POLICY.type_affinity.values() for form in forms} <= codes("help_form")
    assert POLICY.level_values.keys() == codes("demand_level")
    assert POLICY.designation_values.keys() <= codes("designation")
    assert set(POLICY.channel_levels) <= codes("organization_level")
    assert set(POLICY.rural_organization_levels) <= codes("organization_level")
    difficult = {item.code for item in dictionaries()["beneficiary_group"].items if item.difficulty}
    assert set(POLICY.groups_in_difficulty) == difficult


def test_the_default_policy_can_be_defended_and_cites_nothing_that_is_no_rule() -> None:
    check_policy(POLICY, today=POLICY.valid_from - timedelta(days=1))
    assert set(POLICY.citations) == set(list_rules(POLICY))


@pytest.mark.parametrize("change", [{"extra": 1}, {"tilt_share_of_fit": 0.3}, {"pushes_per_demand": 0}])
def test_a_policy_with_a_fault_is_refused(change: dict[str, Any]) -> None:
    text = files("services.matching.scoring").joinpath("policies/2026-01.json").read_text(encoding="utf-8")
    assert parse_policy(text) == POLICY
    with pytest.raises(ValidationError):
        parse_policy(json.dumps({**json.loads(text), **change}))
