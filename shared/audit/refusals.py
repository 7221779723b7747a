"""Record refusals apart from the refused request's transaction, in bounded number and off its way."""

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.actors import describe_caller
from shared.audit.models import Effect, Result
from shared.audit.recording import build_entry, write_entries
from shared.db import Database
from shared.logs import describe_failure
from shared.rate_limits import network_of

logger = logging.getLogger(__name__)
RECORDED_STATUSES = {401, 403, 404}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
WRITE_SECONDS = 1.0
WINDOW_SECONDS = 60.0
MOST_KEYS = 1_000
MOST_KEYS_OF_ONE = 50
PLAIN_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{12}")
SHARED_COLUMNS = ("subject", "issuer", "role", "acting_for", "client_address", "action")
Key = tuple[Any, ...]


@dataclass
class _Counted:
    entry: dict[str, Any]
    since: float
    by: Key
    unwritten: int = 0
    written: bool = False


@dataclass
class RefusalRecorder:
    """
    Counts refusals by who, from where, what and why; the first of a kind is written within a second.

    Alike ones within the next minute become one entry that counts them. Beyond ``MOST_KEYS_OF_ONE`` kinds of one caller
    in a minute its rest is one entry that names the caller and counts, so that nobody hides another's refusals, and
    beyond ``MOST_KEYS`` of all callers one that only counts: a flood costs neither memory nor the database.
    """

    counted: dict[Key, _Counted] = field(default_factory=dict)
    kinds: Counter[Key] = field(default_factory=Counter)

    def note(self, request: Request, reason: str) -> None:
        """Take down a refusal."""
        known = getattr(request.state, "principal", None) is not None
        actor = describe_caller(request)
        # A stranger may name as many objects as he likes: they are no part of what makes a refusal another one. Which
        # client it was that he claimed to be is told by the problem, for clients that there are.
        claimed = getattr(request.state, "refused_object", None)
        object_id = _name_object(request) if known else str(claimed) if claimed else None
        path = getattr(request.scope.get("route"), "path", None)
        key: Key = (*[actor[name] for name in SHARED_COLUMNS], path, object_id, reason)
        by: Key = (actor["subject"], network_of(actor["client_address"] or ""))
        if key not in self.counted and (self.kinds[by] >= MOST_KEYS_OF_ONE or len(self.counted) >= MOST_KEYS):
            object_id, path, reason = None, None, "too-many-kinds-of-refusals"
            key, actor = (*by, reason), actor | {"action": "*"}
            if key not in self.counted and len(self.counted) >= MOST_KEYS:
                key, by, actor = ("overflow",), (), dict.fromkeys(actor) | {"subject": "*", "action": "*"}
        if key not in self.counted:
            entry = build_entry(
                actor, Effect.NONE, object_type=path, object_id=object_id, result=Result.REFUSED, reason=reason
            )
            self.counted[key] = _Counted(entry, time.monotonic(), by)
            self.kinds[by] += 1
        self.counted[key].unwritten += 1

    def take_due(self, *, all_of_them: bool = False) -> list[dict[str, Any]]:
        """Return the rows to write now, and forget what is a minute old."""
        now, due = time.monotonic(), []
        for key, one in list(self.counted.items()):
            over = now - one.since >= WINDOW_SECONDS
            if one.unwritten and (over or all_of_them or not one.written):
                again = build_entry(
                    {name: one.entry[name] for name in (*SHARED_COLUMNS, "request_id")}, Effect.NONE,
                    **{name: one.entry[name] for name in ("object_type", "object_id", "result", "reason")},
                    times=one.unwritten,
                )  # fmt: skip
                due.append(again if one.written else one.entry | {"times": one.unwritten})
                one.written, one.unwritten = True, 0
            if over:
                del self.counted[key]
                self.kinds[one.by] -= 1
        # Whoever has none left is forgotten.
        self.kinds = +self.kinds
        return due

    async def write(self, database: Database, *, all_of_them: bool = False) -> int:
        """Write what is due in a transaction of its own, and return how many entries that were."""
        entries = self.take_due(all_of_them=all_of_them)
        if entries:
            async with database.transaction() as session:
                await write_entries(session, entries)
        return len(entries)


def _name_object(request: Request) -> str | None:
    """Return the ids in the path; anything else in it may be a person's data and is left out."""
    values = [str(value) for value in request.scope.get("path_params", {}).values()]
    return "/".join(value for value in values if PLAIN_ID.fullmatch(value)) or None


class AuditRefusals:
    """Takes down every 401, 403 and 404 of a write, and those of a read by a known caller or without a valid token."""

    def __init__(self, app: ASGIApp, *, recorder: RefusalRecorder) -> None:
        self._app, self._recorder = app, recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and look at its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_and_look(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in RECORDED_STATUSES:
                self._look(Request(scope), message["status"])
            await send(message)

        await self._app(scope, receive, send_and_look)

    def _look(self, request: Request, status: int) -> None:
        known = getattr(request.state, "principal", None) is not None
        if "endpoint" in request.scope and (known or status == 401 or request.method in WRITES):
            self._recorder.note(request, getattr(request.state, "problem", str(status)))


@asynccontextmanager
async def writing_refusals(app: FastAPI, recorder: RefusalRecorder) -> AsyncIterator[None]:
    """Write refusals every second while the application lives, and what is left at its end."""

    async def write_on() -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await _try_to_write(app, recorder)

    task = asyncio.create_task(write_on())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await _try_to_write(app, recorder, all_of_them=True)


async def _try_to_write(app: FastAPI, recorder: RefusalRecorder, *, all_of_them: bool = False) -> None:
    try:
        await recorder.write(app.state.database, all_of_them=all_of_them)
    except Exception as error:
        logger.error("refusals could not be recorded", extra=describe_failure(error))
