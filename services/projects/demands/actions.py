"""What one can do with a demand; one function per use case."""

from datetime import date, datetime
from uuid import UUID

from services.projects.demands.errors import SurveyDateInFuture
from services.projects.demands.models import Demand, DemandAction, SurveyRecord, provenance_by_hand
from services.projects.demands.repository import DemandRepository
from services.projects.demands.schemas import DemandCreate, DemandUpdate, SurveyRecordCreate
from services.projects.divisions.actions import check_place
from shared import feed
from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.china.divisions import DivisionLevel, level_of
from shared.contracts.codes import DemandLevel
from shared.db import Session
from shared.etags import check_version

LEVELS = {DivisionLevel.TOWN: DemandLevel.TOWN, DivisionLevel.VILLAGE: DemandLevel.VILLAGE}


async def draft_demand(session: Session, *, command: DemandCreate, by: Principal, today: date) -> Demand:
    """
    Draft a demand; nobody outside its division hears of it before it is submitted.

    :raises OutOfScope: if the place lies outside the caller's division
    :raises DivisionUnknown: if no such division is in force
    """
    _check_scope(by, command.division)
    await check_place(session, division=command.division)
    values = command.model_dump() | {"level": command.level or _level_at(command.division)}
    provenance = {"source": "reported", "as_of": (command.reported_on or today).isoformat()}
    demand = Demand(**values, office=by.division, provenance=provenance, edited_by=by.signature)
    demand.check_period(today=today)
    demand.settle()
    return await DemandRepository(session).add(demand)


async def edit_demand(
    session: Session, *, demand_id: UUID, command: DemandUpdate, expected_version: int, by: Principal, today: date
) -> Demand:
    """
    Change a draft or a returned demand; where nobody named another level, it follows the place.

    :raises DemandStateForbids: if it is in another state
    :raises OutOfScope: if the new place lies outside the caller's division
    """
    demand = await take_demand(session, demand_id=demand_id, expected_version=expected_version, by=by)
    demand.change(DemandAction.EDIT)
    changes = command.model_dump(exclude_unset=True)
    if "division" in changes:
        _check_scope(by, changes["division"])
        await check_place(session, division=changes["division"])
        if demand.level is _level_at(demand.division):
            changes.setdefault("level", _level_at(changes["division"]))
    if any(getattr(demand, name) != value for name, value in changes.items()):
        demand.edited_by = by.signature
        demand.provenance = provenance_by_hand(demand.provenance, as_of=today, with_amount="budget_fen" in changes)
    for name, value in changes.items():
        setattr(demand, name, value)
    if "ends_on" in changes:
        demand.check_period(today=today)
    demand.settle()
    return await announce_demand(session, demand=demand, reason="edited")


async def submit_demand(
    session: Session, *, demand_id: UUID, expected_version: int, by: Principal, today: date
) -> Demand:
    """
    Hand a demand in for review by another officer.

    :raises DemandIncomplete: without a policy gap, a group or a head count
    :raises DemandPeriodOver: if its last day is over
    """
    demand = await take_demand(session, demand_id=demand_id, expected_version=expected_version, by=by)
    demand.submit(by=by.signature, today=today)
    return await announce_demand(session, demand=demand, reason="submitted")


async def publish_demand(
    session: Session, *, demand_id: UUID, expected_version: int, by: Principal, at: datetime
) -> Demand:
    """
    Publish an approved demand, so that organizations can see and take it.

    :raises DemandStateForbids: if it is not approved
    """
    demand = await take_demand(session, demand_id=demand_id, expected_version=expected_version, by=by)
    demand.publish(at=at)
    return await announce_demand(session, demand=demand, reason="published")


async def record_survey(
    session: Session, *, demand_id: UUID, command: SurveyRecordCreate, by: Principal, today: date
) -> SurveyRecord:
    """
    Record a survey step of a draft; the demand's stage follows it upwards.

    :raises SurveyDateInFuture: if it has not taken place yet
    :raises DemandStateForbids: if the demand is no draft any more
    """
    if command.surveyed_on > today:
        raise SurveyDateInFuture(pointer="/surveyed_on")
    repository = DemandRepository(session)
    demand = await repository.get(demand_id, visible_to=by, for_update=True)
    _check_scope(by, demand.division, pointer="path/demand_id")
    demand.change(DemandAction.SURVEY)
    demand.advance_survey(command.stage)
    return await repository.add_survey_record(
        SurveyRecord(demand_id=demand.id, recorded_by=by.signature, **command.model_dump())
    )


async def announce_demand(session: Session, *, demand: Demand, reason: str) -> Demand:
    """Announce a change of a locked demand; what was never submitted is private and only stored."""
    if demand.is_private:
        await session.flush()
    else:
        await feed.announce(session, demand, reason=reason)
    return demand


async def take_demand(session: Session, *, demand_id: UUID, expected_version: int, by: Principal) -> Demand:
    """
    Lock a demand of the caller's division in the version that the caller has seen.

    :raises OutOfScope: if the caller only sees it as everybody does
    :raises Stale: if it has another version by now
    """
    demand = await DemandRepository(session).get(demand_id, visible_to=by, for_update=True)
    _check_scope(by, demand.division, pointer="path/demand_id")
    check_version(demand, expected_version)
    return demand


def _check_scope(by: Principal, division: str, *, pointer: str = "/division") -> None:
    if not by.covers(division):
        raise OutOfScope(pointer=pointer)


def _level_at(division: str) -> DemandLevel:
    return LEVELS.get(level_of(division), DemandLevel.COUNTY)
