"""Whom policy prefers: three tilt parts and three channels, each capped, together at most a quarter of the fit."""

from services.matching.scoring.facts import DemandFacts, OrganizationFacts
from services.matching.scoring.fit import Part
from services.matching.scoring.policy import Policy, TiltPartName
from services.matching.scoring.reasons import Fact

_LEVEL_OF_LENGTH = {6: "county", 9: "town", 12: "village"}
Measured = tuple[float, tuple[Fact, ...]]


class TiltOfDemand:
    """Whom policy prefers for one demand; what comes again among the organizations is measured once."""

    def __init__(self, demand: DemandFacts, *, policy: Policy) -> None:
        self._demand, self._policy = demand, policy
        self._kept: dict[tuple[str, str | None], tuple[Part, ...]] = {}

    def measure(self, organization: OrganizationFacts) -> tuple[Part, ...]:
        """Return every tilt part; none at all for government purchase (procurement law)."""
        level, home = organization.level, organization.registered_division
        parts = self._kept.get((level, home))
        if parts is None:
            parts = self._kept[level, home] = _measure_parts(self._demand, level, home, self._policy)
        return parts


def measure_tilt(demand: DemandFacts, organization: OrganizationFacts, *, policy: Policy) -> tuple[Part, ...]:
    """Return every tilt part of one pair."""
    return TiltOfDemand(demand, policy=policy).measure(organization)


def cap_tilt(fit: float, parts: tuple[Part, ...], *, policy: Policy) -> float:
    """Return the sum of the tilt parts, at most the policy's share of the fit, so that a poor fit stays poor."""
    return min(sum(part.points for part in parts), policy.tilt_share_of_fit * fit)


def find_level(demand: DemandFacts) -> str:
    """Return the recorded level of a demand, or the one its division code shows."""
    return demand.level or _LEVEL_OF_LENGTH[len(demand.division_code)]


def _measure_parts(demand: DemandFacts, organization_level: str, home: str | None, policy: Policy) -> tuple[Part, ...]:
    """Measure with the level and the registered place (6 digits) of the organization, all that counts of it here."""
    if demand.is_government_purchase:
        return ()
    measured: dict[TiltPartName, Measured] = {
        "grassroots": _measure_grassroots(demand, organization_level, policy),
        "less_developed": _measure_less_developed(demand, policy),
        "people_in_difficulty": _measure_people_in_difficulty(demand, policy),
        "channel_key_counties": _measure_key_county_channel(demand, organization_level, policy),
        "channel_east_west": _measure_east_west_channel(demand, home, policy),
        "channel_own_place": _measure_own_place_channel(demand, home, policy),
    }
    return tuple([Part(name, measured[name][0], cap, measured[name][1]) for name, cap in policy.tilt_caps.items()])


def _measure_grassroots(demand: DemandFacts, organization_level: str, policy: Policy) -> Measured:
    level = find_level(demand)
    share = policy.rural_organization_share
    is_rural = organization_level in policy.rural_organization_levels
    value = (1 - share) * policy.level_values.get(level, 0.0) + share * is_rural
    return value, (Fact("level", level), Fact("organization_level", organization_level))


def _measure_less_developed(demand: DemandFacts, policy: Policy) -> Measured:
    values = [policy.designation_values.get(designation, 0.0) for designation in demand.designations]
    if demand.is_resettlement_site:
        values.append(policy.resettlement_value)
    return max(values, default=0.0), (
        Fact("designations", ", ".join(sorted(demand.designations))),
        Fact("is_resettlement_site", demand.is_resettlement_site),
    )


def _measure_people_in_difficulty(demand: DemandFacts, policy: Policy) -> Measured:
    monitored = 0.0
    if demand.persons and demand.monitored_persons:
        monitored = min(1.0, demand.monitored_persons / demand.persons)
    special = demand.groups.intersection(policy.groups_in_difficulty)
    share = len(special) / len(demand.groups) if demand.groups else 0.0
    value = policy.monitored_share * monitored + (1 - policy.monitored_share) * share
    return value, (
        Fact("monitored_share", round(monitored, 4)),
        Fact("groups_in_difficulty", ", ".join(sorted(special))),
    )


def _measure_key_county_channel(demand: DemandFacts, organization_level: str, policy: Policy) -> Measured:
    is_key = not demand.designations.isdisjoint(policy.channel_designations)
    value = float(is_key and organization_level in policy.channel_levels)
    return value, (Fact("organization_level", organization_level), Fact("is_key_county", is_key))


def _measure_east_west_channel(demand: DemandFacts, home: str | None, policy: Policy) -> Measured:
    province = (home or "")[:2]
    value = float(demand.division_code[:2] in policy.east_west_pairs.get(province, []))
    return value, (Fact("organization_province", province or None), Fact("demand_province", demand.division_code[:2]))


def _measure_own_place_channel(demand: DemandFacts, home: str | None, policy: Policy) -> Measured:
    """Prefer the own county, prefecture or province; less so in a less developed county, open to all."""
    place = demand.division_code
    value, nearness = 0.0, None
    if home is not None:
        if home == place[:6]:
            nearness, value = "county", policy.own_place_values["county"]
        elif home[4:] == "00" and home[2:4] != "00" and home[:4] == place[:4]:
            nearness, value = "prefecture", policy.own_place_values["prefecture"]
        elif home[2:] == "0000" and home[:2] == place[:2]:
            nearness, value = "province", policy.own_place_values["province"]
    if not demand.designations.isdisjoint(policy.designation_values):
        value *= policy.own_place_in_less_developed
    return value, (Fact("registered_division", home), Fact("own_place", nearness))
