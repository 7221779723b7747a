"""What events of the neighbours' feeds do to the mirrored rows."""

from typing import Any
from uuid import UUID

from services.matching.profiles.models import (
    DemandProfile,
    DivisionProfile,
    OrganizationProfile,
    ProfileKind,
    SupplyProfile,
)
from services.matching.profiles.repository import ProfileRepository
from shared.contracts.events import CloudEvent
from shared.contracts.projects import DemandSnapshot, SupplySnapshot
from shared.contracts.registry import DivisionSnapshot, OrganizationSnapshot
from shared.db import Session
from shared.feed.read_models import forget_missing, mirror


async def apply_divisions(session: Session, events: list[CloudEvent], anew: bool) -> None:
    """Mirror divisions."""
    changed = await mirror(session, DivisionProfile, events, _read_division, anew=anew)
    await _record(session, ProfileKind.DIVISION, changed, anew=anew)


async def apply_organizations(session: Session, events: list[CloudEvent], anew: bool) -> set[UUID]:
    """Mirror organizations and return the ids of those that changed here."""
    changed = await mirror(session, OrganizationProfile, events, _read_organization, anew=anew)
    await _record(session, ProfileKind.ORGANIZATION, changed, anew=anew)
    return changed


async def apply_demands(session: Session, events: list[CloudEvent], anew: bool) -> set[UUID]:
    """Mirror demands and return the ids of those that changed here."""
    changed = await mirror(session, DemandProfile, events, _read_demand, anew=anew)
    await _record(session, ProfileKind.DEMAND, changed, anew=anew)
    return changed


async def apply_supplies(session: Session, events: list[CloudEvent], anew: bool) -> set[UUID]:
    """Mirror supplies and return the ids of those that changed here."""
    changed = await mirror(session, SupplyProfile, events, _read_supply, anew=anew)
    await _record(session, ProfileKind.SUPPLY, changed, anew=anew)
    return changed


async def forget_divisions(session: Session, present: set[UUID]) -> None:
    """Delete the divisions that registry no longer has."""
    await forget_missing(session, DivisionProfile, present)
    await ProfileRepository(session).add_changes(ProfileKind.DIVISION, [None])


async def forget_organizations(session: Session, present: set[UUID]) -> set[UUID]:
    """Delete the organizations that registry no longer has and return their ids."""
    gone = await ProfileRepository(session).list_other_organizations(present)
    await forget_missing(session, OrganizationProfile, present)
    await ProfileRepository(session).add_changes(ProfileKind.ORGANIZATION, gone)
    return gone


async def forget_demands(session: Session, present: set[UUID]) -> set[UUID]:
    """Delete the demands that projects no longer has and return their ids."""
    gone = await ProfileRepository(session).list_other_demands(present)
    await forget_missing(session, DemandProfile, present)
    await ProfileRepository(session).add_changes(ProfileKind.DEMAND, gone)
    return gone


async def forget_supplies(session: Session, present: set[UUID]) -> set[UUID]:
    """Delete the supplies that projects no longer has and return their ids."""
    gone = await ProfileRepository(session).list_other_supplies(present)
    await forget_missing(session, SupplyProfile, present)
    await ProfileRepository(session).add_changes(ProfileKind.SUPPLY, gone)
    return gone


async def _record(session: Session, kind: ProfileKind, changed: set[UUID], *, anew: bool) -> None:
    """Record what changed, each or all in one: after a resync it may be everything."""
    await ProfileRepository(session).add_changes(kind, [None] if anew else sorted(changed))


def _read_division(event: CloudEvent) -> dict[str, Any]:
    known = DivisionSnapshot.model_validate(event.data)
    labels = [one.model_dump(mode="json") for one in known.designations]
    return {"code": known.code, "successor_codes": known.successor_codes, "designations": labels}


def _read_organization(event: CloudEvent) -> dict[str, Any]:
    known = OrganizationSnapshot.model_validate(event.data)
    columns = ("name", "credit_code", "record_division", "fundraiser_id", "fundraiser_credit_code")
    return {name: getattr(known, name) for name in columns} | {"data": event.data}


def _read_demand(event: CloudEvent) -> dict[str, Any]:
    known = DemandSnapshot.model_validate(event.data)
    return {name: getattr(known, name) for name in ("status", "division", "title")} | {"data": event.data}


def _read_supply(event: CloudEvent) -> dict[str, Any]:
    known = SupplySnapshot.model_validate(event.data)
    return {name: getattr(known, name) for name in ("status", "organization_id", "title")} | {"data": event.data}
