"""Qualified fund-raisers that fit an executor without the qualification (募用分离), the best first, with why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts
from services.matching.scoring.gates import is_valid_fundraiser, serves_place

PLACES = (("county", 6), ("prefecture", 4), ("province", 2))


@dataclass(frozen=True, slots=True)
class Fundraiser:
    """A qualified organization and the facts that say how well it fits the demand."""

    organization_id: str
    common_fields: tuple[str, ...]  # of the demand and of what it offers at the demand's place itself
    same_place: str | None  # the narrowest level that it shares with the demand
    grade: str | None  # of its assessment, if in force

    @property
    def order(self) -> tuple[object, ...]:
        """Return the key that sorts from the best to the last: fields in common, nearness, assessment, id."""
        nearness = [name for name, _ in PLACES].index(self.same_place) if self.same_place else len(PLACES)
        return (-len(self.common_fields), nearness, -int(self.grade[0]) if self.grade else 0, self.organization_id)


def rank_fundraisers(
    demand: DemandFacts,
    executor: OrganizationFacts,
    organizations: Iterable[OrganizationFacts],
    offers: Iterable[Offer],
    *,
    as_of: date,
) -> list[Fundraiser]:
    """Return who else is registered, on neither list and qualified on the day; ``offers`` tell what each works on."""
    fields: dict[str, frozenset[str]] = {}
    for offer in offers:
        if serves_place(offer.supply, demand):
            key = offer.organization.organization_id
            fields[key] = fields.get(key, frozenset()) | (offer.supply.fields & demand.fields)
    found = [
        Fundraiser(
            organization_id=one.organization_id,
            common_fields=tuple(sorted(fields.get(one.organization_id, ()))),
            same_place=_find_same_place(one.registered_division, demand.division_code),
            grade=_find_grade(one, as_of),
        )
        for one in organizations
        if one.organization_id != executor.organization_id and is_valid_fundraiser(one, as_of=as_of)
    ]
    return sorted(found, key=lambda one: one.order)


def _find_same_place(registered: str | None, place: str) -> str | None:
    return next((name for name, digits in PLACES if registered and registered[:digits] == place[:digits]), None)


def _find_grade(organization: OrganizationFacts, as_of: date) -> str | None:
    known = organization.assessment
    if known is None or (known.last_valid_on is not None and known.last_valid_on < as_of):
        return None
    return known.grade
