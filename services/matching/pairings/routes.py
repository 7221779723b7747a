"""HTTP of pairings."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.matching.pairings.actions import answering, contacting, ending, fulfilling, proposing
from services.matching.pairings.repository import PairingRepository
from services.matching.pairings.schemas import (
    AnswerCreate,
    FallThrough,
    PairingContacts,
    PairingCreate,
    PairingDetail,
    PairingFilter,
    PairingRead,
    ReasonGiven,
    show_detail,
    show_pairing,
)
from services.matching.permissions import (
    HoldReleaser,
    PairingAnswerer,
    PairingContactReader,
    PairingProposer,
    PairingReader,
    PairingReporter,
    PairingWithdrawer,
)
from services.matching.scoring.reasons import GateCode
from shared import clock
from shared.contracts.codes import PairingPhase, PairingStatus
from shared.db import RequestSession
from shared.etags import expected_version, set_etag
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.paging import Page, PageRequest, page_request
from shared.schemas import DivisionCode

router = APIRouter(prefix="/matching/v1", tags=["pairings 对接"], route_class=IdempotentRoute)
Version = Annotated[int, Depends(expected_version)]


def read_filter(
    status: Annotated[list[PairingStatus], Query(max_length=12)] = [],  # noqa: B006
    phase: PairingPhase | None = None,
    demand_id: UUID | None = None,
    supply_id: UUID | None = None,
    organization_id: UUID | None = None,
    run_id: UUID | None = None,
    hold_reason: Annotated[
        list[GateCode], Query(max_length=15, description="Held for one of these, now or before its release")
    ] = [],  # noqa: B006
    demand_division: Annotated[
        DivisionCode | None, Query(description="Of the demand, with all that lies in it")
    ] = None,
    record_division: Annotated[
        DivisionCode | None, Query(description="Where the organization's record is kept, with all in it")
    ] = None,
) -> PairingFilter:
    """Read the filters of the list."""
    return PairingFilter(
        status=status,
        phase=phase,
        demand_id=demand_id,
        supply_id=supply_id,
        organization_id=organization_id,
        run_id=run_id,
        hold_reason=hold_reason,
        demand_division=demand_division,
        record_division=record_division,
    )


@router.post("/pairings", status_code=201, dependencies=[RememberAnswer])
async def propose_pairing(
    command: PairingCreate, request: Request, response: Response, session: RequestSession, by: PairingProposer
) -> PairingRead:
    """Order (点单) as the demand side, take (接单) as the organization, or invite (派单) as an officer."""
    scorer, live = request.app.state.scorer, request.app.state.market.live
    pairing = await proposing.propose_pairing(
        session, command=command, by=by, scorer=scorer, today=clock.today(), at=clock.now(), live=live
    )
    response.headers["Location"] = f"/matching/v1/pairings/{pairing.id}"
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.get("/pairings")
async def list_pairings(
    session: RequestSession,
    by: PairingReader,
    wanted: Annotated[PairingFilter, Depends(read_filter)],
    page: Annotated[PageRequest, Depends(page_request)],
) -> Page[PairingRead]:
    """List the pairings (对接) of your side, the newest first."""
    found = await PairingRepository(session).list_page(wanted, visible_to=by, page=page)
    items = [show_pairing(pairing, to=by) for pairing in found.items]
    return Page(items=items, next_cursor=found.next_cursor, total=found.total)


@router.get("/pairings/{pairing_id}")
async def read_pairing(
    pairing_id: UUID, response: Response, session: RequestSession, by: PairingReader
) -> PairingDetail:
    """Read a pairing (对接) of your side with its explanation and history."""
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, with_history=True)
    set_etag(response, pairing)
    return show_detail(pairing, to=by)


@router.get("/pairings/{pairing_id}/contacts", responses={409: {"$ref": "#/components/responses/Problem409"}})
async def read_contacts(
    pairing_id: UUID, request: Request, response: Response, by: PairingContactReader
) -> PairingContacts:
    """Read the contacts (联系方式) of both sides, from talks (洽谈) on; every reading is recorded."""
    database = request.app.state.database
    # Not the request's session: no transaction is open while the owners are asked.
    async with database.transaction(request=request) as session:
        parties = await contacting.find_parties(session, pairing_id=pairing_id, by=by)
    found = await contacting.fetch_contacts(parties, owners=request.app.state.contact_owners)
    async with database.transaction(request=request) as session:
        await contacting.record_contacts_reading(session, found=found)
    response.headers["Cache-Control"] = "no-store"
    return found


@router.post("/pairings/{pairing_id}/answers")
async def answer_pairing(
    pairing_id: UUID, command: AnswerCreate, response: Response, session: RequestSession, by: PairingAnswerer
) -> PairingRead:
    """Answer for your side: interest (意向), agreement (同意) or a decline (谢绝); the same answer twice is one."""
    pairing = await answering.answer_pairing(
        session, pairing_id=pairing_id, command=command, by=by, today=clock.today(), at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/withdraw")
async def withdraw_pairing(
    pairing_id: UUID,
    command: ReasonGiven,
    response: Response,
    session: RequestSession,
    by: PairingWithdrawer,
    version: Version,
) -> PairingRead:
    """Take back a pairing (撤回) that is on hold or open, as an office of its scope."""
    pairing = await ending.withdraw_pairing(
        session, pairing_id=pairing_id, reason=command.reason, expected_version=version, by=by, at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/release-hold")
async def release_hold(
    pairing_id: UUID,
    command: ReasonGiven,
    response: Response,
    session: RequestSession,
    by: HoldReleaser,
    version: Version,
) -> PairingRead:
    """Lift the hold (解除暂缓) of a pairing, as an officer for the organization's record, not its proposer."""
    pairing = await ending.release_hold(
        session,
        pairing_id=pairing_id,
        reason=command.reason,
        expected_version=version,
        by=by,
        today=clock.today(),
        at=clock.now(),
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/refuse-hold")
async def refuse_hold(
    pairing_id: UUID,
    command: ReasonGiven,
    response: Response,
    session: RequestSession,
    by: HoldReleaser,
    version: Version,
) -> PairingRead:
    """Refuse a pairing that is on hold (不予放行), as an officer for the organization's record: it is never pushed."""
    pairing = await ending.refuse_hold(
        session, pairing_id=pairing_id, reason=command.reason, expected_version=version, by=by, at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/start")
async def start_pairing(
    pairing_id: UUID, response: Response, session: RequestSession, by: PairingReporter, version: Version
) -> PairingRead:
    """Report that the work of a confirmed pairing began (开始实施), as either side; a second report changes nothing."""
    pairing = await fulfilling.start_pairing(
        session, pairing_id=pairing_id, expected_version=version, by=by, at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/complete")
async def complete_pairing(
    pairing_id: UUID, response: Response, session: RequestSession, by: PairingReporter, version: Version
) -> PairingRead:
    """Report that the work is done (完成), as either side; now both may rate it. A second report changes nothing."""
    pairing = await fulfilling.complete_pairing(
        session, pairing_id=pairing_id, expected_version=version, by=by, at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)


@router.post("/pairings/{pairing_id}/fall-through")
async def fall_through_pairing(
    pairing_id: UUID,
    command: FallThrough,
    response: Response,
    session: RequestSession,
    by: PairingReporter,
    version: Version,
) -> PairingRead:
    """Report that what was agreed comes to nothing (未能实施), with a reason; place and capacity are free again."""
    pairing = await fulfilling.fall_through_pairing(
        session, pairing_id=pairing_id, reason=command.reason, expected_version=version, by=by, at=clock.now()
    )
    set_etag(response, pairing)
    return show_pairing(pairing, to=by)
