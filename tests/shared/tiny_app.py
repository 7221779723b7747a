"""A tiny service about things, on which the library is tested."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import Identity, MetaData, UniqueConstraint, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import clock, feed
from shared.app import build_app
from shared.audit.recording import Audited
from shared.auth.access import allow
from shared.auth.principals import Principal
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.db import COLUMN_TYPES, NAMING, Database, Identified, RequestSession, Session, Stamped, Versioned
from shared.errors import NotFound, Text
from shared.etags import check_version, expected_version, set_etag
from shared.feed.read_models import Mirrored
from shared.feed.routes import feed_router
from shared.idempotency import IdempotentRoute, RememberAnswer
from shared.jobs import enqueue
from shared.operations import OperationRead, begin_operation, describe
from shared.paging import Page, PageRequest, Slice, Sort, page_request, read_page
from shared.schemas import Command, Line, Reading
from shared.settings import CommonSettings

THING_CHANGED = "tiny.thing.changed.v1"
SECRET_TEXT = "身份证 510131199001011234"
WRITER = Annotated[Principal, Depends(allow("write"))]
READER = Annotated[Principal, Depends(allow("read"))]
PERMISSIONS = {
    "write": frozenset({Role.RURAL_OFFICER, Role.PROVINCIAL_OFFICER}),
    "read": frozenset(Role),
    "read_feed": frozenset({Role.SERVICE}),
    "read_operations": frozenset({Role.RURAL_OFFICER, Role.PROVINCIAL_OFFICER}),
    "read_audit_entries": frozenset({Role.AUDIT_ADMINISTRATOR}),
}


class Base(Audited, DeclarativeBase):
    """The tables of the tiny service."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class ThingSnapshot(BaseModel):
    """A thing as it is announced."""

    id: UUID
    name: str
    number: int


class Thing(Base, Identified, Versioned, Stamped):
    """A thing, whose name is checked at the commit only."""

    __tablename__ = "things"
    __table_args__ = (UniqueConstraint("name", deferrable=True, initially="DEFERRED"),)
    event_type: ClassVar[str] = THING_CHANGED

    name: Mapped[str]
    number: Mapped[int]
    made: Mapped[int] = mapped_column(Identity())

    def snapshot(self) -> ThingSnapshot:
        return ThingSnapshot(id=self.id, name=self.name, number=self.number)


class Dated(Base):
    """A thing with a day and a weight, ordered by both."""

    __tablename__ = "dated"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    weight: Mapped[float]
    remark: Mapped[str | None]


class MirroredThing(Base, Mirrored):
    """A thing as a neighbour mirrors it."""

    __tablename__ = "mirrored_things"

    name: Mapped[str]
    number: Mapped[int]


class AppliedEvent(Base):
    """How often the effect of an event took place."""

    __tablename__ = "applied_events"
    not_audited = "counts for the tests"

    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    times: Mapped[int]


class ThingNotFound(NotFound):
    """There is no such thing."""

    title = Text("没有这个东西", "There is no such thing")
    remedy = Text("请检查编号。", "Check the id.")


class ThingCreate(Command):
    """A new thing."""

    name: Line
    number: int = Field(default=0, ge=0, le=2**62)


class ThingRead(Reading):
    """A thing."""

    id: UUID
    name: str
    number: int
    version: int


ORDERS = {
    "number": [Sort(column=Thing.number), Sort(column=Thing.id)],
    "-number": [Sort(column=Thing.number, descending=True), Sort(column=Thing.id)],
    "name": [Sort(column=Thing.name), Sort(column=Thing.id)],
    "-created_at": [Sort(column=Thing.created_at, descending=True), Sort(column=Thing.id)],
}
router = APIRouter(prefix="/tiny/v1", route_class=IdempotentRoute, tags=["things"])


@router.post("/things", status_code=201, response_model=ThingRead, dependencies=[RememberAnswer])
async def create_thing(command: ThingCreate, response: Response, session: RequestSession, _by: WRITER) -> Thing:
    """Create a thing."""
    thing = Thing(**command.model_dump())
    session.add(thing)
    await feed.announce(session, thing, reason="created")
    response.headers["Location"] = f"/tiny/v1/things/{thing.id}"
    set_etag(response, thing)
    if thing.number == 13:
        raise RuntimeError(SECRET_TEXT)
    await session.execute(text("select pg_sleep(:seconds)"), {"seconds": 0.4 if thing.number == 7 else 0})
    return thing


@router.get("/things", response_model=Page[ThingRead])
async def list_things(
    session: RequestSession,
    _by: READER,
    page: Annotated[PageRequest, Depends(page_request)],
    sort: Annotated[str, Query(pattern="^-?[a-z_]+$")] = "number",
) -> Slice[Thing]:
    """List the things."""
    return await read_page(session, select(Thing), order=ORDERS[sort], page=page)


@router.patch("/things/{thing_id}", response_model=ThingRead)
async def rename_thing(
    thing_id: UUID,
    command: ThingCreate,
    response: Response,
    session: RequestSession,
    _by: WRITER,
    version: Annotated[int, Depends(expected_version)],
) -> Thing:
    """Rename a thing."""
    thing = await session.get(Thing, thing_id, with_for_update=True)
    if thing is None:
        raise ThingNotFound(pointer="path/thing_id")
    check_version(thing, version)
    thing.name = command.name
    await feed.announce(session, thing, reason="renamed")
    set_etag(response, thing)
    return thing


@router.post("/uploads", dependencies=[RememberAnswer])
async def upload(file: UploadFile, session: RequestSession, _by: WRITER) -> int:
    """Take a file."""
    return len(await file.read())


@router.post("/work", status_code=202, dependencies=[RememberAnswer])
async def begin_work(session: RequestSession, by: WRITER) -> OperationRead:
    """Begin long work."""
    operation = await begin_operation(session, kind="work", by=by)
    await enqueue(session, "work", {"operation_id": str(operation.id)})
    return describe(operation)


@router.get("/numbers")
async def read_number(session: RequestSession, number: int, _by: READER) -> int:
    """Read a number through the database."""
    return int((await session.execute(select(Thing.number).where(Thing.number == number))).scalar() or 0)


@router.get("/greeting")
async def greet(x_name: Annotated[str, Header(max_length=5)]) -> str:
    """Greet."""
    return x_name


@router.get("/broken")
async def break_off() -> StreamingResponse:
    """Break off in the middle of the answer."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"beginning"
        raise RuntimeError(SECRET_TEXT)

    return StreamingResponse(parts())


@router.post("/tables")
async def run_statement(request: Request, session: RequestSession) -> None:
    """Run a statement, for the errors that PostgreSQL gives."""
    await session.execute(text((await request.json())["statement"]))


async def snapshots(session: Session, after: UUID | None, limit: int) -> list[feed.Aggregate]:
    query = select(Thing).order_by(Thing.id).limit(limit)
    return [*(await session.execute(query.where(Thing.id > after) if after else query)).scalars()]


def build_tiny(database: Database, common: CommonSettings, verifier: TokenVerifier) -> FastAPI:
    return build_app(
        service="tiny",
        title="tiny",
        description="",
        routers=[router, feed_router("/tiny/v1", {THING_CHANGED: snapshots})],
        common=common,
        database=database,
        verifier=verifier,
        permissions=PERMISSIONS,
    )


async def add_thing(database: Database, name: str, number: int = 0) -> UUID:
    async with database.transaction() as session:
        thing = Thing(name=name, number=number, created_at=clock.now())
        session.add(thing)
        await feed.announce(session, thing, reason="created")
        return thing.id
