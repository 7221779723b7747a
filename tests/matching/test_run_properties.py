"""Whatever the market is: a run replays to the same bytes in any order, and more capacity never lowers its total."""

import json
import random
from dataclasses import asdict, replace
from typing import TypeVar
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.candidates.actions.market import Market
from services.matching.pairings.actions.quotas import Pending
from services.matching.runs.actions.planning import Choice, LastRun, RunInput
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.policy import AllocationRules, Policy
from tests.matching.engine.markets import MODEL, demands, sound_offers
from tests.matching.scoring.builders import TODAY
from tests.matching.scoring.permitted import POLICY, policies

UNLIMITED = AllocationRules(floors={}, organization_share=None, organization_per_day=None)
T = TypeVar("T")
Named = list[tuple[UUID, T]]
wishes = st.lists(
    demands.map(lambda one: replace(one, places=2, requires_public_fundraising=False)), min_size=1, max_size=4
)
pools = st.lists(sound_offers, min_size=2, max_size=5)


def plan(policy: Policy, wanted: Named[DemandFacts], given: Named[Offer]) -> RunInput:
    market = Market(policy=policy, as_of=TODAY, demands=dict(wanted), offers=dict(given), organizations={}, cursors={})
    pending = Pending(pushed={}, waiting={}, promised={})
    return RunInput(
        market=market, feed_cursors={}, tried=frozenset(), pending=pending, recommended_today={}, last=LastRun()
    )


def name_all(wanted: list[DemandFacts], pool: list[Offer]) -> tuple[Named[DemandFacts], Named[Offer]]:
    """Give every demand and supply an id, two supplies to an organization, and at most one free unit to a supply."""
    named = [(UUID(int=number), replace(one, demand_id=str(UUID(int=number)))) for number, one in enumerate(wanted, 1)]
    given = []
    for number, one in enumerate(pool, 100):
        owner, room = str(UUID(int=1000 + number // 2)), one.supply.capacity_used + (number % 3 > 0)
        supply = replace(one.supply, supply_id=str(UUID(int=number)), organization_id=owner, capacity_total=room)
        organization = replace(pool[number // 2 * 2 - 100].organization, organization_id=owner)
        given.append((UUID(int=number), Offer(supply=supply, organization=organization)))
    return named, given


def choose(work: RunInput) -> Choice:
    return work.choose([work.score_block(block, MODEL) for block in work.list_blocks()])


def write(choice: Choice) -> bytes:
    return json.dumps(asdict(choice), default=str).encode()


@given(wishes, pools, policies(), st.randoms())
@settings(max_examples=25)
def test_a_run_replays_to_the_same_bytes_in_whatever_order_its_input_is_read(
    wanted: list[DemandFacts], pool: list[Offer], policy: Policy, dice: random.Random
) -> None:
    named, given_offers = name_all(wanted, pool)
    first = plan(policy, named, given_offers)
    again = plan(policy, dice.sample(named, len(named)), dice.sample(given_offers, len(given_offers)))
    assert write(choose(first)) == write(choose(first)) == write(choose(again))
    assert first.hash() == again.hash()


@given(wishes, pools, st.data())
@settings(max_examples=25)
def test_more_capacity_never_lowers_the_total_of_a_run(
    wanted: list[DemandFacts], pool: list[Offer], data: st.DataObject
) -> None:
    policy = replace(POLICY, allocation=UNLIMITED)
    named, given_offers = name_all(wanted, pool)
    at = data.draw(st.integers(0, len(pool) - 1))
    more = [
        (name, replace(one, supply=replace(one.supply, capacity_total=one.supply.capacity_total + (place == at))))
        for place, (name, one) in enumerate(given_offers)
    ]
    before, after = (choose(plan(policy, named, some)).eligible["total"] for some in (given_offers, more))
    assert after >= before - 1e-5
