"""What a policy document must hold to be defended: sums, bounds, every part and gate, a citation for every rule."""

import math
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, get_args

from services.matching.policies.actions.citing import check_citations
from services.matching.policies.actions.gating import check_gate_rules
from services.matching.policies.errors import (
    PolicyBeginsTooEarly,
    PolicyCodeUnknown,
    PolicyPartMissing,
    PolicyPeriodReversed,
    PolicyTextUnusable,
    PolicyTiltTooHigh,
    PolicyValueOutOfRange,
    PolicyWeightsUnbalanced,
)
from services.matching.scoring.policy import MAXIMUM_TILT_SHARE, FitPartName, Policy, TiltPartName
from shared.contracts.codes import BeneficiaryGroup, Designation, HelpForm, OrganizationLevel, OrganizationType

WHOLE = 100
MOST_PUSHES = 50
MOST_WORKING_DAYS = 250
_LEVELS = ("village", "town", "county")
_PLACES = ("county", "prefecture", "province")


def check_policy(policy: Policy, *, today: date) -> None:
    """
    Refuse a document that cannot be defended.

    :raises PolicyBeginsTooEarly: if it would hold today or before: what was matched today must stay explained
    :raises PolicyPeriodReversed: if it ends before it begins
    :raises PolicyPartMissing: if a part has no weight, cap or value, or a gate is missing
    :raises PolicyValueOutOfRange: if a number lies outside its range
    :raises PolicyWeightsUnbalanced: if weights do not add up
    :raises PolicyTiltTooHigh: if the caps of tilt and channels exceed a quarter together
    :raises PolicyCodeUnknown: if a code stands in no code list
    :raises PolicyEffectForbidden: if a gate is weaker than law permits
    :raises PolicyGateUntold: if a gate has no message, remedy or citation
    :raises PolicyCitationMissing: if a rule has no citation
    :raises PolicyTextUnusable: if a text holds a control character
    """
    check_period(policy.valid_from, policy.last_valid_on, today=today)
    _check_parts(policy)
    _check_numbers(policy)
    _check_codes(policy)
    check_gate_rules(policy)
    check_citations(policy)


def check_period(valid_from: date, last_valid_on: date | None, *, today: date) -> None:
    """
    Refuse a period that begins on or before the legal day, or ends before it begins.

    :raises PolicyBeginsTooEarly: in the first case
    :raises PolicyPeriodReversed: in the second
    """
    if valid_from <= today:
        raise PolicyBeginsTooEarly(pointer="/document/valid_from")
    if last_valid_on is not None and last_valid_on < valid_from:
        raise PolicyPeriodReversed(pointer="/document/last_valid_on")


def check_texts(document: Any) -> None:
    """
    Refuse control characters anywhere in a document, which no database stores.

    :raises PolicyTextUnusable: if there is one
    """
    if any(ord(character) < 32 for text in _list_texts(document) for character in text):
        raise PolicyTextUnusable(pointer="/document")


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _list_texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _list_texts(one)


def _check_parts(policy: Policy) -> None:
    for name, needed in (
        ("fit_weights", get_args(FitPartName)),
        ("text_shares", ("meaning", "terms")),
        ("tilt_caps", get_args(TiltPartName)),
        ("level_values", _LEVELS),
        ("own_place_values", _PLACES),
    ):
        for part in needed:
            if part not in getattr(policy, name):
                raise PolicyPartMissing(pointer=f"/document/{name}/{part}", part=part)


def _check_numbers(policy: Policy) -> None:
    for name, most in (
        ("fit_weights", WHOLE), ("text_shares", 1), ("tilt_caps", MAXIMUM_TILT_SHARE), ("level_values", 1),
        ("designation_values", 1), ("own_place_values", 1),
    ):  # fmt: skip
        for value in getattr(policy, name).values():
            _check_range(f"/document/{name}", value, most)
    for name, most in (
        ("resettlement_value", 1), ("proposal_threshold", 1), ("pushes_per_demand", MOST_PUSHES),
        ("answer_working_days", MOST_WORKING_DAYS), ("talk_working_days", MOST_WORKING_DAYS),
    ):  # fmt: skip
        _check_range(f"/document/{name}", getattr(policy, name), most)
    for pairs in policy.allocation.floors.values():
        _check_range("/document/allocation/floors", pairs, MOST_PUSHES)
    if not math.isclose(sum(policy.fit_weights.values()), WHOLE, abs_tol=1e-9):
        raise PolicyWeightsUnbalanced(pointer="/document/fit_weights", whole=WHOLE)
    if not math.isclose(sum(policy.text_shares.values()), 1, abs_tol=1e-9):
        raise PolicyWeightsUnbalanced(pointer="/document/text_shares", whole=1)
    if sum(policy.tilt_caps.values()) > MAXIMUM_TILT_SHARE + 1e-9:
        raise PolicyTiltTooHigh(pointer="/document/tilt_caps", most=MAXIMUM_TILT_SHARE)


def _check_range(pointer: str, value: float, most: float) -> None:
    if not 0 <= value <= most:  # refuses what is no number as well
        raise PolicyValueOutOfRange(pointer=pointer, most=most)


def _check_codes(policy: Policy) -> None:
    for name, codes, known in (
        ("type_affinity", policy.type_affinity, OrganizationType),
        ("type_affinity", (form for forms in policy.type_affinity.values() for form in forms), HelpForm),
        ("designation_values", policy.designation_values, Designation),
        ("channel_designations", policy.channel_designations, Designation),
        ("channel_levels", policy.channel_levels, OrganizationLevel),
        ("rural_organization_levels", policy.rural_organization_levels, OrganizationLevel),
        ("groups_in_difficulty", policy.groups_in_difficulty, BeneficiaryGroup),
        ("level_values", policy.level_values, _LEVELS),
        ("allocation/floors", policy.allocation.floors, Designation),
    ):
        _check_known(name, codes, {str(one) for one in known})


def _check_known(name: str, codes: Iterable[str], known: set[str]) -> None:
    if not set(codes) <= known:
        raise PolicyCodeUnknown(pointer=f"/document/{name}", known=", ".join(sorted(known)))
