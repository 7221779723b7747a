"""Policies that a second person could approve, as hypothesis draws them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from services.matching.policies.actions.gating import PERMITTED
from services.matching.scoring.policy import MAXIMUM_TILT_SHARE, Policy, TiltPartName, load_policy
from services.matching.scoring.reasons import Effect, GateCode, Gates

POLICY = load_policy()
_SHARES = st.floats(0, 1)


def set_effects(effects: Mapping[GateCode, Effect]) -> Gates:
    """Return the gates of the shipped policy with other effects."""
    return {code: replace(rule, effect=effects.get(code, rule.effect)) for code, rule in POLICY.gates.items()}


gates = st.fixed_dictionaries({code: st.sampled_from(one.effects) for code, one in PERMITTED.items()}).map(set_effects)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw another tilt and other effects of the gates; the caps together are at most a quarter."""
    names = get_args(TiltPartName)
    shares = draw(st.lists(st.integers(0, 10), min_size=len(names), max_size=len(names)))
    whole = draw(st.floats(0, MAXIMUM_TILT_SHARE)) / max(1, sum(shares))
    return replace(
        POLICY,
        tilt_caps={name: share * whole for name, share in zip(names, shares, strict=True)},
        tilt_share_of_fit=draw(st.floats(0, MAXIMUM_TILT_SHARE)),
        level_values={level: draw(_SHARES) for level in POLICY.level_values},
        rural_organization_levels=draw(st.lists(st.sampled_from(["county", "community", "provincial"]), unique=True)),
        designation_values={label: draw(_SHARES) for label in POLICY.designation_values},
        own_place_values={place: draw(_SHARES) for place in POLICY.own_place_values},
        monitored_share=draw(_SHARES),
        gates=draw(gates),
    )
