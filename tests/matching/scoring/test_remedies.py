"""The changes that a pair tells make it eligible; a consortium covers what it can and nobody in it is superfluous."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.scoring.consortium import Cover, choose_consortium, list_needs
from services.matching.scoring.facts import (
    AssessmentFacts,
    DemandFacts,
    Offer,
    OrganizationFacts,
    QualificationFacts,
    SupplyFacts,
)
from services.matching.scoring.fundraisers import rank_fundraisers
from services.matching.scoring.gates import check_gates
from services.matching.scoring.policy import load_policy
from services.matching.scoring.remedies import _MENDING, list_changes

DAY = date(2026, 11, 22)
GATES = load_policy().gates
DEMAND = DemandFacts(
    demand_id="d", title="村小缺图书", description="想添书", division_code="513431101201",
    fields=frozenset({"education"}), help_forms=frozenset({"fund"}), groups=frozenset(),
    starts_on=date(2026, 5, 1), ends_on=date(2026, 9, 1),
)  # fmt: skip
SUPPLY = SupplyFacts(
    supply_id="s", organization_id="o", title="图书角", description="配书", fields=frozenset({"education"}),
    help_forms=frozenset({"fund"}), groups=frozenset(), service_regions=("51",), capacity_total=2, capacity_used=0,
)  # fmt: skip
ORGANIZATION = OrganizationFacts(
    organization_id="o", type="foundation", level="provincial", registered_division="510000"
)
QUALIFIED = QualificationFacts(held=True)
NEEDS = sorted(list_needs(help_forms=["fund", "industry", "expertise"], fields=["education", "health", "culture"]))
days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
covers = st.lists(
    st.tuples(st.frozensets(st.sampled_from(NEEDS)), st.floats(0, 1)).map(lambda one: Cover("", *one)), max_size=12
).map(lambda found: [replace(one, name=str(number)) for number, one in enumerate(found)])


@given(
    st.builds(
        lambda purchase, raising, starts, ends: replace(
            DEMAND, procurement=purchase, requires_public_fundraising=raising, starts_on=starts, ends_on=ends
        ),
        st.sampled_from(["none", "service"]), st.booleans(), days, days,
    ),
    st.builds(
        lambda regions, used, starts, ends: replace(
            SUPPLY, service_regions=regions, capacity_used=used, starts_on=starts, ends_on=ends
        ),
        st.sampled_from([(), ("44",), ("51",)]), st.integers(0, 3), days, days,
    ),
    st.builds(
        lambda status, left, credit, check, legal, charter, overdue, own: replace(
            ORGANIZATION, registration_status=status, enrolment_status=left, credit_status=credit, annual_check=check,
            is_legal_person=legal, charter_fields=charter, disclosure_overdue=overdue, public_fundraising=own,
        ),
        st.sampled_from(["normal", "not_registered", "revoked"]), st.sampled_from(["active", "left"]),
        st.sampled_from(["normal", "abnormal", "seriously_illegal"]), st.sampled_from([None, "failed"]), st.booleans(),
        st.sampled_from([None, frozenset({"health"})]), st.booleans(),
        st.sampled_from([None, QualificationFacts(held=False), QUALIFIED]),
    ),
)  # fmt: skip
def test_there_are_changes_exactly_for_a_pair_that_is_not_eligible(
    demand: DemandFacts, supply: SupplyFacts, organization: OrganizationFacts
) -> None:
    gates = check_gates(demand, supply, organization, as_of=DAY, gates=GATES)
    changes = list_changes(demand, supply, organization, as_of=DAY, gates=GATES)  # ends once the gates are content
    assert bool(changes) is not gates.is_eligible
    told = {change.reason for change in changes}
    assert told >= {*gates.excluded, *gates.held}
    assert all(change.needed for change in changes)


def test_every_rule_has_its_change() -> None:
    assert _MENDING.keys() == GATES.keys()


@pytest.mark.parametrize(
    ("supply", "needed"),
    [
        ({"starts_on": date(2026, 10, 1)}, {"starts_on": "2026-09-01"}),
        ({"ends_on": date(2026, 4, 1)}, {"ends_on": "2026-05-01"}),
        ({"capacity_used": 5}, {"capacity_total": 6}),
    ],
)
def test_a_change_names_the_fact_that_is_needed(supply: dict[str, object], needed: dict[str, object]) -> None:
    (change,) = list_changes(DEMAND, replace(SUPPLY, **supply), ORGANIZATION, as_of=DAY, gates=GATES)  # type: ignore[arg-type]
    assert change.needed == needed
    assert change.otherwise is None


@given(covers)
def test_a_consortium_covers_what_can_be_covered_and_no_member_is_superfluous(offers: list[Cover]) -> None:
    needs = frozenset(NEEDS[:5])
    chosen = choose_consortium(needs, offers)
    covered = [one.needs & needs for one in chosen]
    assert frozenset().union(*covered) == needs & frozenset().union(*(one.needs for one in offers))
    for place in range(len(chosen)):
        assert frozenset().union(*covered[:place], *covered[place + 1 :]) < frozenset().union(*covered)
    assert choose_consortium(needs, reversed(offers)) == chosen


def test_who_became_superfluous_leaves_and_the_better_of_equals_is_chosen() -> None:
    a, b, c, d, e, f = NEEDS
    first = Cover("first", frozenset({a, b, c, d}), 1.0)
    left, right = Cover("left", frozenset({a, b, e}), 0.5), Cover("right", frozenset({c, d, f}), 0.5)
    assert choose_consortium(frozenset(NEEDS), [first, left, right]) == [left, right]
    better = Cover("z", left.needs, 0.6)
    assert choose_consortium(left.needs, [left, better]) == [better]


def test_fund_raisers_are_qualified_and_stand_in_order_of_fields_nearness_and_assessment() -> None:
    def make(name: str, **facts: object) -> OrganizationFacts:
        return replace(ORGANIZATION, organization_id=name, public_fundraising=QUALIFIED, **facts)  # type: ignore[arg-type]

    works = make("works", registered_division=None)
    graded = make("graded", assessment=AssessmentFacts(grade="5A"))
    old = make("old", assessment=AssessmentFacts(grade="5A", last_valid_on=date(2026, 1, 1)))
    near = make("near", registered_division="513431")
    unqualified = replace(ORGANIZATION, organization_id="unqualified")
    far = Offer(supply=replace(SUPPLY, service_regions=("44",)), organization=old)
    offers = [Offer(supply=SUPPLY, organization=works), far]
    found = rank_fundraisers(
        DEMAND, make("self"), [make("self"), old, graded, near, works, unqualified], offers, as_of=DAY
    )
    assert [one.organization_id for one in found] == ["works", "near", "graded", "old"]
    assert (found[0].common_fields, found[1].same_place, found[2].grade) == (("education",), "county", "5A")
