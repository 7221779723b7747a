"""A matching policy (匹配政策): weights, caps, parameters, tie-breakers and deadlines of one version, as data."""

import json
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

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
    designation_values: dict[str, float]
    resettlement_value: float
    monitored_share: float = Field(ge=0, le=1)
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
    citations: dict[str, Label]


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
    return TypeAdapter(Policy).validate_python(json.loads(text))


@cache
def load_policy(version: str = "2026-01") -> Policy:
    """
    Return a policy that ships with the service.

    :raises FileNotFoundError: if no such version ships
    """
    folder = files("services.matching.scoring").joinpath("policies")
    return parse_policy(folder.joinpath(f"{version}.json").read_text(encoding="utf-8"))
