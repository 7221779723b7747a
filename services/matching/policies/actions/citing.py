"""Which rules a policy consists of, and that each names the document it comes from."""

from collections.abc import Iterator

from services.matching.policies.errors import PolicyCitationMissing
from services.matching.scoring.policy import Policy

PRINCIPLES = ("tilt", "government_purchase")
"""What holds for every version, and is told in explanations."""
_TABLES = ("fit_weights", "type_affinity", "tilt_caps", "designation_values")
_ORDERS = ("tie_breakers", "purchase_tie_breakers")
_RULES = (
    "text_shares",
    "tilt_share_of_fit",
    "level_values",
    "rural_organization_share",
    "rural_organization_levels",
    "resettlement_value",
    "monitored_share",
    "groups_in_difficulty",
    "channel_levels",
    "channel_designations",
    "own_place_values",
    "own_place_in_less_developed",
    "east_west_pairs",
    "proposal_threshold",
    "pushes_per_demand",
    "answer_working_days",
    "talk_working_days",
    "allocation.mode",
    "allocation.gap",
    "allocation.organization_share",
    "allocation.organization_least",
    "allocation.organization_per_day",
)


def list_rules(policy: Policy) -> Iterator[str]:
    """Yield the rules of a policy under which ``citations`` names their sources; each gate has its own citation."""
    yield from PRINCIPLES
    for name in (*_TABLES, *_ORDERS):
        yield from (f"{name}.{entry}" for entry in getattr(policy, name))
    yield from _RULES
    yield from (f"allocation.floors.{designation}" for designation in policy.allocation.floors)


def check_citations(policy: Policy) -> None:
    """
    Refuse a policy with a rule that has no citation in both languages.

    :raises PolicyCitationMissing: if there is one
    """
    for rule in list_rules(policy):
        cited = policy.citations.get(rule)
        if cited is None or not (cited.zh.strip() and cited.en.strip()):
            raise PolicyCitationMissing(pointer=f"/document/citations/{rule}", rule=rule)
