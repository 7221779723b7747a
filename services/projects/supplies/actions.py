"""What one can do with a supply; one function per use case."""

from datetime import date, datetime
from uuid import UUID

from services.projects.demands.models import provenance_by_hand
from services.projects.divisions.actions import check_regions
from services.projects.organizations.repository import OrganizationRepository
from services.projects.supplies.errors import OwnerMissing
from services.projects.supplies.models import Supply, SupplyAction
from services.projects.supplies.repository import SupplyRepository
from services.projects.supplies.schemas import SupplyCreate, SupplyFilter, SupplyUpdate, SupplyView, show_supply
from shared import feed
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.db import Session
from shared.etags import check_version
from shared.paging import PageRequest, Slice


async def draft_supply(session: Session, *, command: SupplyCreate, by: Principal, today: date) -> Supply:
    """
    Draft a supply of the caller's organization, or of one whose record the caller's office keeps.

    :raises OutOfScope: if it is another's organization
    :raises OrganizationNotActive: if the organization is not enrolled now
    :raises DivisionUnknown: if a service region is no division in force
    """
    owner_id = command.organization_id or by.organization_id
    if owner_id is None:
        raise OwnerMissing(pointer="/organization_id")
    await check_owner(session, organization_id=owner_id, by=by)
    await check_regions(session, regions=command.service_regions)
    provenance = {"source": "reported", "as_of": (command.reported_on or today).isoformat()}
    values = command.model_dump(exclude={"organization_id"})
    supply = Supply(
        **values, organization_id=owner_id, office=by.division, provenance=provenance, edited_by=by.signature
    )
    supply.check_period(today=today)
    supply.settle()
    return await SupplyRepository(session).add(supply)


async def check_owner(session: Session, *, organization_id: UUID, by: Principal) -> None:
    """
    Refuse to act for an organization that is not active, or is neither the caller nor in its office's keeping.

    :raises OrganizationUnknown: if there is none
    :raises OutOfScope: if the caller may not act for it
    :raises OrganizationNotActive: if it is not enrolled now
    """
    organization = await OrganizationRepository(session).get(organization_id)
    if not (by.speaks_for(organization_id) or by.covers(organization.record_division)):
        raise OutOfScope(pointer="/organization_id")
    organization.check_active()


async def edit_supply(
    session: Session, *, supply_id: UUID, command: SupplyUpdate, expected_version: int, by: Principal, today: date
) -> Supply:
    """
    Change a draft or a returned supply.

    :raises SupplyStateForbids: if it is in another state
    :raises DivisionUnknown: if a service region is no division in force
    """
    supply = await take_supply(session, supply_id=supply_id, expected_version=expected_version, by=by)
    supply.change(SupplyAction.EDIT)
    changes = command.model_dump(exclude_unset=True)
    await check_regions(session, regions=changes.get("service_regions", []))
    if any(getattr(supply, name) != value for name, value in changes.items()):
        supply.edited_by = by.signature
        supply.provenance = provenance_by_hand(supply.provenance, as_of=today, with_amount="available_fen" in changes)
    for name, value in changes.items():
        setattr(supply, name, value)
    if "ends_on" in changes:
        supply.check_period(today=today)
    supply.settle()
    return await announce_supply(session, supply=supply, reason="edited")


async def submit_supply(
    session: Session, *, supply_id: UUID, expected_version: int, by: Principal, today: date
) -> Supply:
    """
    Hand a supply in for review by another officer.

    :raises SupplyIncomplete: without field, form, group or region
    :raises SupplyPeriodOver: if its last day is over
    :raises OrganizationNotActive: if its organization is not enrolled now
    """
    supply = await take_supply(session, supply_id=supply_id, expected_version=expected_version, by=by)
    supply.submit(by=by.signature, today=today)
    await check_owner(session, organization_id=supply.organization_id, by=by)
    return await announce_supply(session, supply=supply, reason="submitted")


async def list_supply(
    session: Session, *, supply_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Supply:
    """
    List an approved supply, so that the demand side can see and order it.

    :raises SupplyStateForbids: if it is not approved
    :raises OrganizationNotActive: if its organization is not enrolled now
    """
    supply = await take_supply(session, supply_id=supply_id, expected_version=expected_version, by=by)
    supply.put_on_list(at=at)
    await check_owner(session, organization_id=supply.organization_id, by=by)
    return await announce_supply(session, supply=supply, reason="listed")


async def announce_supply(session: Session, *, supply: Supply, reason: str) -> Supply:
    """Announce a change of a locked supply; what was never submitted is private and only stored."""
    if supply.is_private:
        await session.flush()
    else:
        await feed.announce(session, supply, reason=reason)
    return supply


async def take_supply(
    session: Session, *, supply_id: UUID, expected_version: int, by: Principal, pointer: str = "path/supply_id"
) -> Supply:
    """
    Lock a supply of the caller's side in the version that the caller has seen.

    :raises OutOfScope: if the caller only sees it as everybody does
    :raises Stale: if it has another version by now
    """
    repository = SupplyRepository(session)
    supply = await repository.get(supply_id, visible_to=by, for_update=True, pointer=pointer)
    if not await repository.kept_among([supply.id], by):
        raise OutOfScope(pointer=pointer)
    check_version(supply, expected_version)
    return supply


async def read_supply(session: Session, *, supply_id: UUID, by: Principal) -> SupplyView:
    """
    Return what the caller may see of a supply.

    :raises SupplyNotFound: if there is none, or the caller may not know of it
    """
    supply = await SupplyRepository(session).get(supply_id, visible_to=by)
    return (await _show(session, [supply], by))[0]


async def list_supplies(
    session: Session, *, wanted: SupplyFilter, page: PageRequest, by: Principal
) -> Slice[SupplyView]:
    """Return a page of what the caller may see of supplies."""
    found = await SupplyRepository(session).list_page(visible_to=by, wanted=wanted, page=page)
    return Slice(await _show(session, found.items, by), found.next_cursor, found.total)


async def _show(session: Session, supplies: list[Supply], by: Principal) -> list[SupplyView]:
    kept = await SupplyRepository(session).kept_among([supply.id for supply in supplies], by)
    return [show_supply(supply, whole=supply.id in kept) for supply in supplies]
