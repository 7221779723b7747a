"""A matching policy (匹配政策): gates, weights, caps, tilt sets, tie-breakers and deadlines of one version, as data."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from services.matching.scoring.reasons import GateCode, GateRule
from shared.contracts.dictionaries import Label

FitPartName = Literal[
    "text",
    "field",
    "help_forms",
    "groups",
    "budget",
    "track_record",
    "assist_mode",
    "time",
    "type_affinity",
]
TiltPartName = Literal[
    "grassroots",
    "less_developed",
    "people_in_difficulty",
    "channel_key_counties",
    "channel_east_west",
    "channel_own_place",
]
TieBreaker = Literal["participation", "development"]  # ids come last by themselves
MAXIMUM_TILT_SHARE = 0.25
FIRST_VERSION = "2026-01"
_ADDED = ("gates", "rural_organization_levels", "groups_in_difficulty")


@dataclass(frozen=True, kw_only=True, config={"extra": "forbid"})
class AllocationRules:
    """
    How places are given when they are scarce.

    ``floors``: the least number of pairs for every county with a designation, where it can have them. An organization
    gets at most ``organization_share`` of a run's open places, but always ``organization_least``, and at most
    ``organization_per_day`` recommendations a legal day; null is no limit.
    """

    mode: Literal["optimal", "stable"] = "optimal"
    gap: float = Field(default=0.0005, gt=0, le=0.01)
    floors: dict[str, int] = Field(default_factory=lambda: {"key_county_2021": 1})
    organization_share: float | None = Field(default=0.2, gt=0, le=1)
    organization_least: int = Field(default=10, ge=0)
    organization_per_day: int | None = Field(default=30, ge=0)

    def find_most(self, places: int, today: int = 0) -> int | None:
        """
        Return how many pairs an organization may have in a run with so many open places, or None for any number.

        ``today`` is how many it was recommended this legal day already.
        """
        limits = [] if self.organization_per_day is None else [max(0, self.organization_per_day - today)]
        if self.organization_share is not None:
            limits.append(max(self.organization_least, int(self.organization_share * places)))
        return min(limits, default=None)


@dataclass(frozen=True, kw_only=True, config={"extra": "forbid"})
class Policy:
    """One version of the matching policy; weights are relative, caps and values lie in [0, 1]."""

    version: str
    title: Label
    valid_from: date
    last_valid_on: date | None
    fit_weights: dict[FitPartName, float]
    text_shares: dict[Literal["meaning", "terms"], float]
    type_affinity: dict[str, list[str]]  # organization type -> help forms that suit it
    tilt_caps: dict[TiltPartName, float]
    tilt_share_of_fit: float = Field(ge=0, le=MAXIMUM_TILT_SHARE)
    level_values: dict[str, float]
    rural_organization_share: float = Field(ge=0, le=1)
    rural_organization_levels: list[str]
    designation_values: dict[str, float]
    resettlement_value: float
    monitored_share: float = Field(ge=0, le=1)
    groups_in_difficulty: list[str]
    channel_levels: list[str]
    channel_designations: list[str]
    own_place_values: dict[Literal["county", "prefecture", "province"], float]
    own_place_in_less_developed: float = Field(ge=0, le=1)
    east_west_pairs: dict[str, list[str]]  # eastern province (2 digits) -> western provinces
    tie_breakers: list[TieBreaker]
    purchase_tie_breakers: list[TieBreaker]
    proposal_threshold: float
    pushes_per_demand: int = Field(ge=1)
    answer_working_days: int = Field(ge=1)
    talk_working_days: int = Field(ge=1)
    gates: dict[GateCode, GateRule] = Field(description="Each gate: effect, message, remedy and citation")
    citations: dict[str, Label] = Field(description="The source of each rule by its path, such as `fit_weights.text`")
    allocation: AllocationRules = Field(default_factory=AllocationRules)


@dataclass(frozen=True)
class Deadlines:
    """Working days that a policy gives for the answer and for the talks."""

    answer_working_days: int
    talk_working_days: int

    @classmethod
    def of(cls, policy: Policy) -> "Deadlines":
        """Return the deadlines of a policy."""
        return cls(policy.answer_working_days, policy.talk_working_days)


def parse_policy(text: str) -> Policy:
    """
    Read a policy from JSON text.

    :raises pydantic.ValidationError: if a key is missing, unknown or out of its range
    """
    return TypeAdapter(Policy).validate_python(complete_document(json.loads(text)))


def complete_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a stored document what was no data when it was stored: then it held as the first version says."""
    first = json.loads(_read_shipped(FIRST_VERSION))
    return {**{key: first[key] for key in _ADDED}, **document}


@cache
def load_policy(version: str = FIRST_VERSION) -> Policy:
    """
    Return a policy that ships with the service.

    :raises FileNotFoundError: if no such version ships
    """
    return parse_policy(_read_shipped(version))


@cache
def _read_shipped(version: str) -> str:
    return files("services.matching.scoring").joinpath(f"policies/{version}.json").read_text(encoding="utf-8")
