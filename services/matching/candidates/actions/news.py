"""Read what has changed in the market since a position, and the facts that it changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from services.matching.candidates.actions.live import LiveMarket, News, Owner
from services.matching.candidates.repository import MarketRepository
from services.matching.profiles.actions import read_demand_facts, read_offers
from services.matching.profiles.models import SOURCES, DivisionProfile, ProfileChange, ProfileKind
from services.matching.profiles.repository import ProfileRepository
from services.matching.scoring.facts import DemandFacts, Offer, make_region_prefix
from shared.db import Session

MOST_AT_ONCE, MOST_AFTER_A_BUILD = 5_000, 30_000
SOURCES_OF_CHANGES = tuple(sorted(set(SOURCES.values())))


async def read_news(session: Session, *, live: LiveMarket, most: int = MOST_AT_ONCE) -> News | None:
    """
    Return what is new to a market in memory, at most so many facts, all as they were at one moment.

    ``None`` says that so much has changed that it has to be built anew.
    """
    repository = MarketRepository(session)
    await repository.read_at_one_moment()
    cursors = await ProfileRepository(session).read_cursors()
    changes = await repository.list_changes(live.seen, sources=SOURCES_OF_CHANGES, limit=most + 1)
    if len(changes) > most or any(change.subject is None for change in changes):
        return None
    changed: Mapping[ProfileKind, set[UUID]] = defaultdict(set)
    for change in changes:
        changed[change.kind].add(_subject(change))
    near = await _list_demands_near(session, changed[ProfileKind.DIVISION], live)
    behind = changed[ProfileKind.ORGANIZATION] | changed[ProfileKind.TRACK_RECORD]
    owned = await _list_supplies_behind(session, behind, live)
    demand_ids, supply_ids = changed[ProfileKind.DEMAND] | near, changed[ProfileKind.SUPPLY] | owned
    if len(demand_ids) + len(supply_ids) > most:
        return None
    as_of = live.market.as_of
    offers, owners = await _read_offers(session, supply_ids, as_of)
    return News(
        seen={**live.seen, **{change.source: change.seq for change in changes}},
        cursors=cursors,
        demands=await _read_demands(session, demand_ids, as_of),
        offers=offers,
        owners=owners,
        oldest_at=min((change.changed_at for change in changes), default=None),
    )


def _subject(change: ProfileChange) -> UUID:
    assert change.subject is not None  # noqa: S101  (asked before)
    return change.subject


async def _read_demands(session: Session, demand_ids: set[UUID], as_of: date) -> dict[UUID, DemandFacts | None]:
    if not demand_ids:
        return {}
    opened = [one for one in await ProfileRepository(session).list_demands(demand_ids) if one.is_open]
    facts = await read_demand_facts(session, demands=opened, today=as_of)
    known = {one.id: fact for one, fact in zip(opened, facts, strict=True)}
    return {one: known.get(one) for one in sorted(demand_ids)}


async def _read_offers(
    session: Session, supply_ids: set[UUID], as_of: date
) -> tuple[dict[UUID, Offer | None], dict[UUID, Owner]]:
    if not supply_ids:
        return {}, {}
    found = await ProfileRepository(session).list_supplies(supply_ids)
    listed = [(supply, organization) for supply, organization in found if supply.is_listed]
    offers = await read_offers(session, supplies=listed, today=as_of)
    known = {supply.id: offer for (supply, _), offer in zip(listed, offers, strict=True)}
    owners = {organization.id: Owner.of(organization) for _, organization in listed}
    return {one: known.get(one) for one in sorted(supply_ids)}, owners


async def _list_supplies_behind(session: Session, organization_ids: set[UUID], live: LiveMarket) -> set[UUID]:
    """Return the supplies of organizations, and of those that name or named one of them as their fund-raiser."""
    if not organization_ids:
        return set()
    partnered = await ProfileRepository(session).list_partnered(organization_ids)
    everyone = organization_ids | partnered | live.list_partnered(organization_ids)
    return await MarketRepository(session).list_supplies_of(everyone)


async def _list_demands_near(session: Session, division_ids: set[UUID], live: LiveMarket) -> set[UUID]:
    """Return the demands at or below divisions, and those whose county is, was or becomes one of them."""
    if not division_ids:
        return set()
    changed = await MarketRepository(session).list_divisions(division_ids)
    prefixes = tuple(make_region_prefix(one.code) for one in changed)
    every = await ProfileRepository(session).list_divisions(one.code for one in changed)
    counties = {code[:6] for code in _follow({one.code for one in changed}, every)}
    return {
        one
        for one, demand in live.market.demands.items()
        if demand.division_code.startswith(prefixes)
        or demand.division_code[:6] in counties
        or counties.intersection(demand.former_division_codes)
    }


def _follow(codes: set[str], divisions: Iterable[DivisionProfile]) -> set[str]:
    """Return every code that lies before or after some, through any number of changes."""
    beside: dict[str, set[str]] = defaultdict(set)
    for division in divisions:
        for code in division.successor_codes:
            beside[code].add(division.code)
            beside[division.code].add(code)
    found, waiting = set(codes), list(codes)
    while waiting:
        fresh = beside[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found
