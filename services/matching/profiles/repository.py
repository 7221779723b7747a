"""All SQL about the mirrored rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    SQLColumnExpression,
    Uuid,
    and_,
    any_,
    column,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    true,
)

from services.matching.profiles.errors import DemandUnknown, SupplyUnknown
from services.matching.profiles.models import (
    LISTED_SUPPLIES,
    OPEN_DEMANDS,
    SOURCES,
    DemandProfile,
    DivisionProfile,
    OrganizationProfile,
    ProfileChange,
    ProfileKind,
    SupplyProfile,
)
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import DemandStatus, QualificationKind, Role
from shared.db import Session
from shared.feed.models import FeedCursor
from shared.feed.read_models import Mirrored

# Pairings and their ratings stand above profiles; of their tables only these columns are counted here.
_PAIRINGS = table("pairings", *map(column, ("id", "organization_id", "status")))
_RATINGS = table("pairing_ratings", *map(column, ("pairing_id", "side", "stars")))
PUBLIC_DEMANDS = OPEN_DEMANDS | {DemandStatus.COVERED}


class ProfileRepository:
    """Mirrored rows of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_demand(self, demand_id: UUID, *, visible_to: Principal, for_share: bool = False) -> DemandProfile:
        """
        Return a demand that is public or lies within the caller's scope; ``for_share`` keeps its state until commit.

        :raises DemandUnknown: if there is none for this caller
        """
        query = select(DemandProfile).where(DemandProfile.id == demand_id, _demand_scope(visible_to))
        query = _share(query, DemandProfile) if for_share else query
        found: DemandProfile | None = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise DemandUnknown
        return found

    async def get_supply(self, supply_id: UUID, *, visible_to: Principal, for_share: bool = False) -> SupplyProfile:
        """
        Return a supply that is listed, the caller's own, or one of an organization in the caller's scope.

        :raises SupplyUnknown: if there is none for this caller
        """
        query = (
            select(SupplyProfile)
            .outerjoin(OrganizationProfile, OrganizationProfile.id == SupplyProfile.organization_id)
            .where(SupplyProfile.id == supply_id, _supply_scope(visible_to))
        )
        query = _share(query, SupplyProfile) if for_share else query
        found: SupplyProfile | None = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise SupplyUnknown
        return found

    async def find_organization(self, organization_id: UUID, *, for_share: bool = False) -> OrganizationProfile | None:
        """Return an organization, if it is known here; ``for_share`` keeps its state until commit."""
        query = select(OrganizationProfile).where(OrganizationProfile.id == organization_id)
        query = _share(query, OrganizationProfile) if for_share else query
        found: OrganizationProfile | None = (await self._session.execute(query)).scalar_one_or_none()
        return found

    async def list_demands(self, demand_ids: Iterable[UUID]) -> list[DemandProfile]:
        """Return demands in any state, by id."""
        query = select(DemandProfile).where(DemandProfile.id.in_(set(demand_ids))).order_by(DemandProfile.id)
        return list((await self._session.execute(_read_anew(query))).scalars())

    async def list_open_demands(self) -> list[DemandProfile]:
        """Return every demand that takes proposals, by id."""
        query = select(DemandProfile).where(DemandProfile.status.in_(OPEN_DEMANDS)).order_by(DemandProfile.id)
        return list((await self._session.execute(query)).scalars())

    async def list_supplies(
        self, supply_ids: Iterable[UUID] | None = None
    ) -> list[tuple[SupplyProfile, OrganizationProfile]]:
        """Return the listed supplies, or the ones named in any state, each with its organization, by id."""
        wanted = SupplyProfile.status.in_(LISTED_SUPPLIES) if supply_ids is None else SupplyProfile.id.in_(supply_ids)
        query = (
            select(SupplyProfile, OrganizationProfile)
            .join(OrganizationProfile, OrganizationProfile.id == SupplyProfile.organization_id)
            .where(wanted)
            .order_by(SupplyProfile.id)
        )
        rows = await self._session.execute(query.execution_options(populate_existing=True))
        return [(supply, organization) for supply, organization in rows.all()]

    async def list_fundraisers(self, organizations: Iterable[OrganizationProfile]) -> list[OrganizationProfile]:
        """Return the cooperating fund-raisers that the organizations name, by id or by credit code."""
        named = list(organizations)
        ids = {one.fundraiser_id for one in named if one.fundraiser_id}
        codes = {one.fundraiser_credit_code for one in named if one.fundraiser_credit_code}
        query = select(OrganizationProfile).where(
            or_(OrganizationProfile.id.in_(ids), OrganizationProfile.credit_code.in_(codes))
        )
        return list((await self._session.execute(_read_anew(query))).scalars())

    async def list_qualified(self, kind: QualificationKind) -> list[OrganizationProfile]:
        """Return the organizations of which a qualification of a kind is recorded in whatever state, by id."""
        recorded = OrganizationProfile.data["qualifications"].contains([{"kind": kind.value}])
        query = select(OrganizationProfile).where(recorded).order_by(OrganizationProfile.id)
        return list((await self._session.execute(_read_anew(query))).scalars())

    async def list_partnered(self, fundraiser_ids: set[UUID]) -> set[UUID]:
        """Return the ids of the organizations that name one of some as their cooperating fund-raiser."""
        codes = select(OrganizationProfile.credit_code).where(
            OrganizationProfile.id.in_(fundraiser_ids), OrganizationProfile.credit_code.is_not(None)
        )
        query = select(OrganizationProfile.id).where(
            or_(
                OrganizationProfile.fundraiser_id.in_(fundraiser_ids),
                OrganizationProfile.fundraiser_credit_code.in_(codes),
            )
        )
        return set((await self._session.execute(query)).scalars())

    async def list_divisions(self, codes: Iterable[str]) -> list[DivisionProfile]:
        """Return the divisions of some codes, and every one that has successors."""
        query = select(DivisionProfile).where(
            or_(DivisionProfile.code.in_(set(codes)), func.cardinality(DivisionProfile.successor_codes) > 0)
        )
        return list((await self._session.execute(_read_anew(query))).scalars())

    async def list_other_organizations(self, known: set[UUID]) -> set[UUID]:
        """Return the ids of all organizations but the known ones."""
        return set((await self._session.execute(select(OrganizationProfile.id))).scalars()) - known

    async def list_other_demands(self, known: set[UUID]) -> set[UUID]:
        """Return the ids of all demands but the known ones."""
        return set((await self._session.execute(select(DemandProfile.id))).scalars()) - known

    async def list_other_supplies(self, known: set[UUID]) -> set[UUID]:
        """Return the ids of all supplies but the known ones."""
        return set((await self._session.execute(select(SupplyProfile.id))).scalars()) - known

    async def keep_open(self, demand_ids: Iterable[UUID], supply_ids: Iterable[UUID]) -> tuple[set[UUID], set[UUID]]:
        """Return which demands are still open and which supplies still listed, and keep them so until commit."""
        demands = select(DemandProfile).where(
            _is_among(DemandProfile.id, demand_ids), DemandProfile.status.in_(OPEN_DEMANDS)
        )
        supplies = select(SupplyProfile).where(
            _is_among(SupplyProfile.id, supply_ids), SupplyProfile.status.in_(LISTED_SUPPLIES)
        )
        demands, supplies = demands.order_by(DemandProfile.id), supplies.order_by(SupplyProfile.id)
        kept_demands = (await self._session.execute(_share(demands, DemandProfile))).scalars().all()
        kept_supplies = (await self._session.execute(_share(supplies, SupplyProfile))).scalars().all()
        return {one.id for one in kept_demands}, {one.id for one in kept_supplies}

    async def count_track_records(self, organization_ids: Iterable[UUID]) -> dict[UUID, tuple[int, float | None]]:
        """
        Return the completed pairings of organizations and the mean of the stars (1 to 5) the demand sides gave.

        Whoever completed none is left out, and so is what the caller may not see.
        """
        given = and_(_RATINGS.c.pairing_id == _PAIRINGS.c.id, _RATINGS.c.side == "demand")
        query = (
            select(_PAIRINGS.c.organization_id, func.count(), func.avg(_RATINGS.c.stars))
            .select_from(_PAIRINGS.outerjoin(_RATINGS, given))
            .where(
                _PAIRINGS.c.status == "completed",
                _is_among(_PAIRINGS.c.organization_id, organization_ids),
            )
            .group_by(_PAIRINGS.c.organization_id)
        )
        rows = (await self._session.execute(query)).all()
        return {one: (number, None if stars is None else round(float(stars), 2)) for one, number, stars in rows}

    async def add_changes(self, kind: ProfileKind, subjects: Iterable[UUID | None]) -> None:
        """Record that profiles of a kind were written or deleted; ``None`` stands for all of the kind."""
        rows = [{"source": SOURCES[kind], "kind": kind, "subject": one, "changed_at": clock.now()} for one in subjects]
        if rows:
            await self._session.execute(insert(ProfileChange), rows)

    async def add_track_record_change(self, organization_id: UUID) -> None:
        """Record that a track record has changed; writers wait for each other, so that numbers follow commits."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("track records", 0))))
        await self.add_changes(ProfileKind.TRACK_RECORD, [organization_id])

    async def delete_changes(self, *, before: datetime) -> None:
        """Delete the record of changes that everybody has taken long ago."""
        await self._session.execute(delete(ProfileChange).where(ProfileChange.changed_at < before))

    async def read_cursors(self) -> dict[str, str]:
        """Return how far each neighbour's feed has been read."""
        query = select(FeedCursor.consumer, FeedCursor.cursor).order_by(FeedCursor.consumer)
        return {row.consumer: row.cursor for row in (await self._session.execute(query)).all()}


def _is_among(key: SQLColumnExpression[Any], ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Return the condition with one parameter, however many ids there are: a statement has at most 32,767."""
    return key == any_(literal([*ids], ARRAY(Uuid())))


def _read_anew(query: Select[Any]) -> Select[Any]:
    """Overwrite what the session has read before: the feed's consumer writes beside it."""
    return query.execution_options(populate_existing=True)


def _share(query: Select[Any], model: type[Mirrored]) -> Select[Any]:
    """Lock the rows against the feed's consumer, so that nothing is proposed for what closes at this moment."""
    return _read_anew(query.with_for_update(read=True, of=model))


def _demand_scope(by: Principal) -> ColumnElement[bool]:
    public = DemandProfile.status.in_(PUBLIC_DEMANDS)
    # A civil affairs office works in a division too, but demands that are not public are no matter of it.
    if by.prefix is None or by.role is Role.CIVIL_AFFAIRS_OFFICER:
        return public
    return or_(public, DemandProfile.division.startswith(by.prefix, autoescape=True))


def _supply_scope(by: Principal) -> ColumnElement[bool]:
    listed = SupplyProfile.status.in_(LISTED_SUPPLIES)
    if by.role in (Role.PROVINCIAL_OFFICER, Role.SERVICE):
        return true()
    if by.role is Role.ORGANIZATION and by.organization_id:
        return or_(listed, SupplyProfile.organization_id == by.organization_id)
    if by.role is Role.CIVIL_AFFAIRS_OFFICER and by.prefix is not None:
        return or_(listed, OrganizationProfile.record_division.startswith(by.prefix, autoescape=True))
    return listed
