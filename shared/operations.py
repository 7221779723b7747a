"""Long work that a caller can follow: an operation with progress and, at the end, a result or an error."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from shared import clock
from shared.auth.access import allow
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Identified, Infrastructure, RequestSession, Session
from shared.errors import DomainError, NotFound, Text
from shared.schemas import Reading

OperationReader = Annotated[Principal, Depends(allow("read_operations"))]
FORGOTTEN_AT_ONCE = 500


class OperationNotFound(NotFound):
    """There is no such operation, or it is another caller's."""

    title = Text("没有这项任务", "There is no such operation")
    remedy = Text("请检查任务编号;只能查看本人发起的任务。", "Check the id; only your own operations can be seen.")


class Operation(Infrastructure, Identified):
    """One piece of long work."""

    __tablename__ = "operations"

    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    done: Mapped[bool] = mapped_column(default=False)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]

    def advance(self, steps_done: int, steps_total: int | None = None) -> None:
        """Say how far the work has come."""
        self.steps_done = steps_done
        self.steps_total = self.steps_total if steps_total is None else steps_total

    def succeed(self, result: dict[str, Any], *, at: datetime) -> None:
        """End the work with its result."""
        self.done, self.result, self.finished_at = True, result, at

    def fail(self, error: DomainError, *, service: str, at: datetime, **context: Any) -> None:
        """End the work with an error that tells what to do in both languages; ``context`` stands beside its texts."""
        problem = {
            "type": f"/{service}/problems/{error.slug()}",
            "title": " · ".join(error.text("title", language) for language in ("zh", "en")),
            "detail": " · ".join(error.text("remedy", language) for language in ("zh", "en")),
        }
        self.done, self.error, self.finished_at = True, problem | context, at


class Progress(Reading):
    """How far an operation has come, in steps of its own kind (rows, demands)."""

    steps_done: int
    steps_total: int | None = None


class OperationRead(Reading):
    """An operation (任务): poll it until ``done``; then it holds ``result`` or ``error``."""

    id: UUID
    kind: str = Field(description="What is done, for example `import_demands`")
    done: bool
    progress: Progress
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = Field(default=None, description="`type`, `title` and `detail` as in a problem")
    created_at: datetime
    finished_at: datetime | None = None


def describe(operation: Operation) -> OperationRead:
    """Return an operation as callers see it."""
    return OperationRead(
        id=operation.id,
        kind=operation.kind,
        done=operation.done,
        progress=Progress(steps_done=operation.steps_done, steps_total=operation.steps_total),
        result=operation.result,
        error=operation.error,
        created_at=operation.created_at,
        finished_at=operation.finished_at,
    )


async def begin_operation(session: Session, *, kind: str, by: Principal, operation_id: UUID | None = None) -> Operation:
    """Record a new operation in the caller's name."""
    operation = Operation(kind=kind, subject=by.signature)
    if operation_id:
        operation.id = operation_id
    session.add(operation)
    await session.flush()
    return operation


async def find_operation(session: Session, operation_id: UUID, *, for_update: bool = False) -> Operation:
    """
    Return an operation, for the worker that carries it out.

    :raises OperationNotFound: if there is none
    """
    query = select(Operation).where(Operation.id == operation_id)
    found = (await session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()
    if found is None:
        raise OperationNotFound
    return found


async def forget_old_operations(session: Session, *, before: datetime) -> int:
    """Delete some operations that were finished before an instant and return how many."""
    old = select(Operation.id).where(Operation.finished_at < before).limit(FORGOTTEN_AT_ONCE)
    forget = delete(Operation).where(Operation.id.in_(old))
    return int((await session.execute(forget)).rowcount)  # type: ignore[attr-defined]


def operations_router(prefix: str) -> APIRouter:
    """Return the route that shows an operation to who began it and to provincial officers."""
    router = APIRouter(prefix=prefix, tags=["operations 任务"])

    @router.get("/operations/{operation_id}")
    async def read_operation(operation_id: UUID, session: RequestSession, by: OperationReader) -> OperationRead:
        """Read an operation (任务) that you began."""
        operation = await find_operation(session, operation_id)
        if operation.subject != by.signature and by.role is not Role.PROVINCIAL_OFFICER:
            raise OperationNotFound
        return describe(operation)

    return router
