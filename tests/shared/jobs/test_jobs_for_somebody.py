"""A job acts for who asked for it, the platform's own doing does not; and the queue forgets what is old."""

from datetime import timedelta

from fastapi import FastAPI, Request
from sqlalchemy import text

from shared import clock
from shared.actors import acting_for, actor_of, who_asks
from shared.auth.principals import GrantHeld, Principal
from shared.contracts.codes import Role
from shared.db import REQUEST, Database, new_id
from shared.jobs import enqueue, forget_jobs
from tests.shared.jobs.test_jobs import until, worker


def asked_by(principal: Principal) -> Request:
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": [], "app": FastAPI()})
    request.state.principal = principal
    return request


async def test_an_officer_s_job_acts_for_the_officer_and_what_it_enqueues_too_but_not_the_platform_s_own(
    tiny: Database,
) -> None:
    seen: dict[str, tuple[str | None, ...]] = {}

    async def note(payload: dict[str, str]) -> None:
        async with tiny.transaction() as session:
            actor = actor_of(session)
            seen[payload["name"]] = (actor["subject"], actor["acting_for"], actor["role"])
            if payload["name"] == "first":
                await enqueue(session, "note", {"name": "second"})
                await enqueue(session, "note", {"name": "own"}, for_caller=False)

    officer = asked_by(Principal("officer-7", Role.RURAL_OFFICER, division="513431000000"))
    async with tiny.session(**{REQUEST: officer}) as session, session.begin():
        await enqueue(session, "note", {"name": "first"})
    async with worker(tiny, {"note": note}):
        await until(lambda: len(seen) == 3)
    for_officer = ("platform", "officer-7", "rural_officer")
    assert seen == {"first": for_officer, "second": for_officer, "own": ("platform", None, None)}


async def test_of_an_application_s_job_both_are_kept(tiny: Database) -> None:
    grant = GrantHeld(new_id(), "village-app", frozenset(), clock.now())
    for_it = asked_by(Principal("officer-7", Role.RURAL_OFFICER, grant=grant))
    async with tiny.session(**{REQUEST: for_it}) as session:
        who = who_asks(session)
    with acting_for(who):
        async with tiny.session() as session:
            actor = actor_of(session)
    assert (actor["subject"], actor["acting_for"]) == ("village-app", "officer-7")


async def test_the_queue_forgets_old_lines_of_its_log_and_old_held_jobs_and_nothing_else(tiny: Database) -> None:
    old, young = clock.now() - timedelta(days=91), clock.now() - timedelta(days=89)
    line = text("insert into pgqueuer_log (created, job_id, status, priority, entrypoint)"
                " values (:at, 1, 'successful', 0, 'note')")  # fmt: skip
    job = text("insert into pgqueuer (priority, status, entrypoint, updated)"
               " values (0, cast(:status as pgqueuer_status), 'note', :at)")  # fmt: skip
    async with tiny.transaction() as session:
        for at in (old, young):
            await session.execute(line, {"at": at})
            for status in ("failed", "queued"):
                await session.execute(job, {"at": at, "status": status})
    async with tiny.transaction() as session:
        assert await forget_jobs(session, before=clock.now() - timedelta(days=90)) == 2
    async with tiny.transaction() as session:
        kept = await session.execute(text("select status::text, updated from pgqueuer order by id"))
        assert kept.all() == [("queued", old), ("failed", young), ("queued", young)]
        lines = await session.execute(text("select created from pgqueuer_log where job_id = 1"))
        assert lines.scalars().all() == [young]
        await session.execute(text("delete from pgqueuer"))
