"""What one can do with mirrored rows: turn them into the facts that the scorer compares."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from services.matching.profiles.models import (
    DemandProfile,
    DivisionProfile,
    OrganizationProfile,
    SupplyProfile,
    list_places_above,
)
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer
from shared.db import Session, whole_platform

CHANGES_KEPT = timedelta(days=1)
"""How long it stays on record that a profile changed; who has not looked for longer reads everything anew."""


async def forget_changes(session: Session, *, at: datetime) -> None:
    """Forget which profiles changed long ago."""
    await ProfileRepository(session).delete_changes(before=at - CHANGES_KEPT)


async def note_track_record(session: Session, *, organization_id: UUID) -> None:
    """Record that what an organization finished, or how it was rated, has changed."""
    async with whole_platform(session):
        await ProfileRepository(session).add_track_record_change(organization_id)


async def read_demand_facts(session: Session, *, demands: Sequence[DemandProfile], today: date) -> list[DemandFacts]:
    """Return the facts of demands on a legal day, with the labels and the former codes of their places."""
    codes = {code for demand in demands for code in list_places_above(demand.division)}
    divisions = {one.code: one for one in await ProfileRepository(session).list_divisions(codes)}
    earlier = _invert(divisions.values())
    later = {code: set(one.successor_codes) for code, one in divisions.items()}
    return [
        demand.facts(
            today,
            divisions=divisions,
            former_codes={code[:6] for code in (*_follow(demand, earlier), *_follow(demand, later))},
        )
        for demand in demands
    ]


async def read_offers(
    session: Session, *, supplies: Sequence[tuple[SupplyProfile, OrganizationProfile]], today: date
) -> list[Offer]:
    """Return supplies with their organizations as facts on a legal day, partners and track records included."""
    organizations = {organization.id: organization for _, organization in supplies}
    partners = await ProfileRepository(session).list_fundraisers(organizations.values())
    by_id = {one.id: one for one in partners}
    by_code = {one.credit_code: one for one in partners}
    async with whole_platform(session):  # what an organization completed counts, whoever asks and for whomever it was
        records = await ProfileRepository(session).count_track_records(organizations)
    facts = {}
    for one in organizations.values():
        code = one.fundraiser_credit_code
        partner = by_id.get(one.fundraiser_id) if one.fundraiser_id else by_code.get(code) if code else None
        completed, rating = records.get(one.id, (0, None))
        facts[one.id] = replace(one.facts(today, fundraiser=partner), completed_pairings=completed, mean_rating=rating)
    return [Offer(supply=supply.facts(), organization=facts[organization.id]) for supply, organization in supplies]


def _invert(divisions: Iterable[DivisionProfile]) -> Mapping[str, set[str]]:
    earlier: dict[str, set[str]] = defaultdict(set)
    for division in divisions:
        for code in division.successor_codes:
            earlier[code].add(division.code)
    return earlier


def _follow(demand: DemandProfile, step: Mapping[str, set[str]]) -> set[str]:
    """Return the county codes that lie before or after the demand's, through any number of changes."""
    found: set[str] = set()
    waiting = [demand.division[:6].ljust(12, "0")]
    while waiting:
        fresh = step.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found
