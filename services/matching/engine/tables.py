"""Tables of parts over the distinct values of both sides, each cell asked of the reference.

The cost is that of the distinct pairs of values, not of the pairs of demands and supplies. Classes are only ever added,
so a table that was read once stays right.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.definition import (
    keep_fit_parts,
    keep_tilt_parts,
    make_sample_demand,
    make_sample_organization,
    make_sample_supply,
    share_of_parts,
)
from services.matching.scoring.facts import DemandFacts, Offer, OrganizationFacts, QualificationFacts
from services.matching.scoring.fit import TextNearness, measure_fit
from services.matching.scoring.gates import check_gates, is_valid_fundraiser
from services.matching.scoring.policy import Policy
from services.matching.scoring.tilt import find_level, measure_tilt

Floats = NDArray[np.float64]
T = TypeVar("T")
ELIGIBLE, HELD, EXCLUDED = 0.0, 1.0, 2.0
_NEARNESS = TextNearness(meaning=0.0, terms=0.0)
_PLACE_TILT = ("channel_east_west", "channel_own_place")
_PEOPLE_TILT = "people_in_difficulty"


class Tables(NamedTuple):
    """Points (or severities) by the classes of a demand and of a supply; ``place`` and ``kind`` add up to the tilt."""

    field: Floats
    form: Floats
    group: Floats
    kind: Floats
    place: Floats
    gate: Floats
    charter: Floats


@dataclass
class _Classes(Generic[T]):
    """Distinct values by key, numbered in the order in which they came, each with one that stands for all."""

    numbers: dict[Hashable, int] = field(default_factory=dict)
    members: list[T] = field(default_factory=list)

    def number(self, key: Hashable, member: Callable[[], T]) -> int:
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.members)
            self.members.append(member())
        return found


class _PartTable:
    """One table, filled for the classes that are there."""

    def __init__(self, measure: Callable[[DemandFacts, Offer], float]) -> None:
        self.demands: _Classes[DemandFacts] = _Classes()
        self.supplies: _Classes[Offer] = _Classes()
        self._measure = measure
        self._cells: Floats = np.zeros((0, 0))

    def fill(self) -> Floats:
        """Return the cells of every class there is now."""
        rows, columns = len(self.demands.members), len(self.supplies.members)
        old = self._cells
        if old.shape != (rows, columns):
            cells = np.zeros((rows, columns))
            cells[: old.shape[0], : old.shape[1]] = old
            for row, demand in enumerate(self.demands.members):
                for column in range(old.shape[1] if row < old.shape[0] else 0, columns):
                    cells[row, column] = self._measure(demand, self.supplies.members[column])
            self._cells = cells
        return self._cells


class PartTables:
    """The tables of one policy on one day, and the classes of demands and supplies."""

    def __init__(self, policy: Policy, as_of: date) -> None:
        self._policy, self._as_of = policy, as_of
        self._field = self._fit_table("field")
        self._form = self._fit_table("help_forms", "assist_mode", "type_affinity")
        self._group = self._fit_table("groups")
        self._kind = self._tilt_table(*(name for name in policy.tilt_caps if name not in (*_PLACE_TILT, _PEOPLE_TILT)))
        self._place = self._tilt_table(*_PLACE_TILT)
        # No bound method: a table that led back here would be a cycle, which what is set aside at a build never leaves.
        self._gate, self._charter = (_PartTable(_make_judge(policy, as_of)) for _ in range(2))
        self._people = keep_tilt_parts(policy, _PEOPLE_TILT)
        self._record = keep_fit_parts(policy, "track_record")
        self._record_share = share_of_parts(policy, "track_record")
        self._records: dict[OrganizationFacts, tuple[float, float]] = {}

    def fill(self) -> Tables:
        """Return the tables for every class there is now."""
        parts = (self._field, self._form, self._group, self._kind, self._place, self._gate, self._charter)
        return Tables(*(part.fill() for part in parts))

    def classify_demand(self, demand: DemandFacts) -> tuple[int, ...]:
        """Return the demand's class in each table."""
        purchase, modes = demand.is_government_purchase, (demand.help_forms, demand.assist_mode)
        kind = (find_level(demand), demand.designations, demand.is_resettlement_site, purchase)
        place = (demand.division_code[:6], demand.designations, purchase)
        gate = (demand.requires_public_fundraising, purchase)

        def itself() -> DemandFacts:
            return replace(demand, title="", description="", starts_on=None, ends_on=None)

        return (
            self._field.demands.number(demand.fields, itself),
            self._form.demands.number(modes, itself),
            self._group.demands.number(demand.groups, itself),
            self._kind.demands.number(kind, itself),
            self._place.demands.number(place, itself),
            self._gate.demands.number(gate, itself),
            self._charter.demands.number(
                (demand.fields, purchase), lambda: replace(itself(), requires_public_fundraising=False)
            ),
        )

    def classify_offer(self, offer: Offer) -> tuple[int, ...]:
        """Return the supply's class in each table."""
        supply, organization = offer.supply, offer.organization
        charter = organization.charter_fields
        gated = self._reduce_to_gates(offer)

        def itself() -> Offer:
            return Offer(supply=replace(supply, title="", description=""), organization=organization)

        return (
            self._field.supplies.number(supply.fields, itself),
            self._form.supplies.number((supply.help_forms, supply.assist_mode, organization.type), itself),
            self._group.supplies.number(supply.groups, itself),
            self._kind.supplies.number(organization.level, itself),
            self._place.supplies.number(organization.registered_division, itself),
            self._gate.supplies.number((gated.supply, gated.organization), lambda: gated),
            self._charter.supplies.number(
                charter,
                lambda: Offer(
                    supply=make_sample_supply(), organization=make_sample_organization(charter_fields=charter)
                ),
            ),
        )

    def measure_people(self, demand: DemandFacts) -> float:
        """Return the tilt that the demand has with every supply."""
        parts = measure_tilt(demand, make_sample_organization(), policy=self._people)
        return sum(part.points for part in parts)

    def measure_record(self, organization: OrganizationFacts) -> tuple[float, float]:
        """Return the points of the track record, in general and in a government purchase."""
        found = self._records.get(organization)
        if found is None:
            usual, purchase = (
                self._record_share
                * sum(
                    part.points
                    for part in measure_fit(
                        make_sample_demand(procurement=procurement), make_sample_supply(), organization, _NEARNESS,
                        policy=self._record, as_of=self._as_of,
                    )
                )
                for procurement in ("none", "government_purchase")
            )  # fmt: skip
            found = self._records[organization] = (usual, purchase)
        return found

    def _fit_table(self, *names: str) -> _PartTable:
        policy, share, day = keep_fit_parts(self._policy, *names), share_of_parts(self._policy, *names), self._as_of

        def measure(demand: DemandFacts, offer: Offer) -> float:
            parts = measure_fit(demand, offer.supply, offer.organization, _NEARNESS, policy=policy, as_of=day)
            return share * sum(part.points for part in parts)

        return _PartTable(measure)

    def _tilt_table(self, *names: str) -> _PartTable:
        policy = keep_tilt_parts(self._policy, *names)
        return _PartTable(
            lambda demand, offer: sum(part.points for part in measure_tilt(demand, offer.organization, policy=policy))
        )

    def _reduce_to_gates(self, offer: Offer) -> Offer:
        """Keep what the gates ask, apart from place, dates and charter, in as few different values as possible."""
        supply, organization = offer.supply, offer.organization
        own, partner = organization.public_fundraising, organization.cooperating_fundraiser
        qualified = own is not None and own.is_valid_on(self._as_of)
        may_raise = qualified or is_valid_fundraiser(partner, as_of=self._as_of)
        return Offer(
            supply=make_sample_supply(
                capacity_used=int(supply.capacity_used >= supply.capacity_total),
                plans_public_fundraising=supply.plans_public_fundraising,
            ),
            organization=make_sample_organization(
                registration_status=organization.registration_status,
                enrolment_status=organization.enrolment_status,
                credit_status=organization.credit_status,
                annual_check=organization.annual_check,
                public_fundraising=QualificationFacts(held=True) if may_raise else None,
                is_legal_person=organization.is_legal_person,
                disclosure_overdue=organization.disclosure_overdue,
            ),
        )


def _make_judge(policy: Policy, as_of: date) -> Callable[[DemandFacts, Offer], float]:
    """Return the severity of the gates as a function of a pair."""

    def judge(demand: DemandFacts, offer: Offer) -> float:
        result = check_gates(demand, offer.supply, offer.organization, as_of=as_of, gates=policy.gates)
        return EXCLUDED if result.excluded else HELD if result.held else ELIGIBLE

    return judge
