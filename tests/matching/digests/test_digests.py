"""One message tells of all open questions, in working days and waking hours, once a period, and only with news."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.matching.digests import consumers
from services.matching.digests.actions import sending
from services.matching.digests.models import MOST_REFUSALS, DigestRecipient
from services.matching.remote.notifier import Notice
from shared.clock import AS_OF
from shared.jobs import RetryLater
from tests.matching.digests.conftest import Post
from tests.matching.market import announce, make_demand
from tests.matching.pairing_steps import Scene

TUESDAY, WEDNESDAY, NEXT_MONDAY = "2026-11-24", "2026-11-25", "2026-11-30"


class Killed(BaseException):
    """The worker is killed at this moment."""


async def order(scene: Scene) -> str:
    demand = make_demand()
    await announce(scene.database, demand)
    return await scene.order(demand_id=demand.id)


async def test_one_message_tells_of_all_open_questions(scene: Scene, post: Post) -> None:
    for _ in range(12):
        await order(scene)
    await post.add(scene.foundation)
    await post.run()
    [message] = post.mailbox.received
    assert message["Subject"] == "【乡桥】待办 12 项 · 12 open questions"
    [text] = post.mailbox.texts()
    assert "待答复 12 项" in text
    assert text.count(f"{scene.demand.title} ↔ {scene.supply.title}") == 2 * 10
    assert "……另有 2 项" in text
    assert "12 月 7 日" in text
    assert message["List-Unsubscribe"].strip("<>") in text


async def test_nothing_is_sent_when_nothing_is_open_and_nothing_when_nothing_has_changed(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.add(scene.foundation)
    await post.run()
    assert not post.mailbox.received
    monkeypatch.setenv(AS_OF, TUESDAY)
    first = await order(scene)
    await post.run()
    assert len(post.mailbox.received) == 1
    monkeypatch.setattr(sending, "STILL_OPEN", -sending.STILL_OPEN)  # what was ordered a moment ago is old by now
    monkeypatch.setenv(AS_OF, WEDNESDAY)
    await post.run()
    assert [one.status for one in await post.digests()] == ["skipped", "sent", "skipped"]
    monkeypatch.setattr(sending, "STILL_OPEN", -sending.STILL_OPEN)
    monkeypatch.setenv(AS_OF, "2026-11-26")
    await scene.answer(scene.foundation, first, "supply", "interested")
    await post.run()
    assert "洽谈后待同意 1 项" in post.mailbox.texts()[-1]


async def test_what_begins_to_expire_is_news(scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await order(scene)
    await post.add(scene.foundation)
    await post.run()
    monkeypatch.setattr(sending, "STILL_OPEN", -sending.STILL_OPEN)
    for day in (NEXT_MONDAY, "2026-12-02", "2026-12-03"):
        monkeypatch.setenv(AS_OF, day)
        await post.run()
    assert [one["Subject"].partition(" · ")[0] for one in post.mailbox.received] == [
        "【乡桥】待办 1 项",
        "【乡桥】待办 1 项,1 项即将到期",
    ]


async def test_no_digest_on_a_day_off_and_a_weekly_one_once_a_week(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(scene)
    await post.add(scene.foundation, frequency="weekly")
    for day in ("2026-11-22", "2026-11-24", "2026-11-25", "2026-11-28", NEXT_MONDAY):
        monkeypatch.setenv(AS_OF, day)
        await post.run()
    assert [one.period for one in await post.digests()] == ["2026-W48", "2026-W49"]


async def test_a_period_has_one_digest_however_often_it_is_planned_and_its_job_is_done(
    scene: Scene, post: Post
) -> None:
    await order(scene)
    await post.add(scene.foundation)
    for _ in range(3):
        await post.run()
    [digest] = await post.digests()
    for _ in range(2):
        await consumers.send_digest(post.database, post.notifier, post.links, {"digest_id": str(digest.id)})
    assert len(post.mailbox.received) == 1


async def test_killed_between_the_sending_and_its_record_it_sends_the_same_message_again(
    scene: Scene, post: Post
) -> None:
    class DiesAfterSending:
        def reaches(self, _to: object) -> bool:
            return True

        async def send(self, notice: Notice) -> None:
            await post.notifier.send(notice)
            raise Killed

    await order(scene)
    await post.add(scene.foundation)
    with pytest.raises(Killed):
        await post.run(DiesAfterSending())
    with pytest.raises(RetryLater):  # the other worker may still be at it
        await post.run()
    await post.let_the_lease_end()
    await post.run()
    first, again = post.mailbox.received
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Date"] == again["Date"]
    assert [(one.status, one.attempts) for one in await post.digests()] == [("sent", 2)]


async def test_in_quiet_hours_nothing_is_planned_and_what_is_planned_waits(scene: Scene, post: Post) -> None:
    await order(scene)
    recipient_id = await post.add(scene.foundation)
    await consumers.plan_digests(post.database)
    async with post.database.transaction() as session:
        recipient = await session.get_one(DigestRecipient, UUID(recipient_id))
        recipient.quiet_from, recipient.quiet_until = 0, 23
    morning, late = datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    [digest] = await post.digests()
    arguments = {"digest_id": digest.id, "links": post.links, "today": datetime(2026, 11, 23, tzinfo=UTC).date()}
    async with post.database.transaction() as session:
        with pytest.raises(sending.NotNow):
            await sending.begin_digest(session, at=morning, **arguments)  # type: ignore[arg-type]
    async with post.database.transaction() as session:
        assert await sending.begin_digest(session, at=late, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("begins", "ends"), [(18, 8), (0, 9), (8, 8), (22, 23)])
async def test_the_database_and_the_model_agree_when_a_receiver_is_quiet(
    scene: Scene, post: Post, begins: int, ends: int
) -> None:
    await post.add(scene.foundation, quiet_from=begins, quiet_until=ends)
    async with post.database.transaction() as session:
        repository = sending.DigestRepository(session)
        for hour in range(24):
            async with session.begin_nested() as tried:
                at = datetime(2026, 11, 23, (hour - 8) % 24, tzinfo=UTC)
                planned = await repository.plan_digests(today=at.date(), at=at, hour=hour, limit=5)
                quiet = DigestRecipient(quiet_from=begins, quiet_until=ends).is_quiet(at)
                assert bool(planned) is not quiet
                await tried.rollback()


async def test_a_server_that_is_down_is_tried_again_and_a_refused_address_is_given_up(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(scene)
    recipient_id = await post.add(scene.foundation)
    post.mailbox.data = "451 later"
    with pytest.raises(RetryLater):
        await post.run()
    post.mailbox.data, post.mailbox.to = "250 OK", "550 no such user"
    for day in ("2026-11-23", TUESDAY, WEDNESDAY, "2026-11-26"):
        monkeypatch.setenv(AS_OF, day)
        await post.run()
    assert [one.status for one in await post.digests()] == ["refused"] * MOST_REFUSALS
    read = (await scene.foundation.get(f"/matching/v1/digest-recipients/{recipient_id}")).json()
    assert (read["frequency"], read["refusals"]) == ("none", MOST_REFUSALS)


async def test_a_digest_whose_day_is_over_lapses(scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await order(scene)
    await post.add(scene.foundation)
    await consumers.plan_digests(post.database)
    monkeypatch.setenv(AS_OF, TUESDAY)
    await post.run()
    assert [one.status for one in await post.digests()] == ["lapsed", "sent"]
    async with post.database.transaction() as session:
        assert await consumers.planning.forget_digests(session, before=datetime(2099, 1, 1, tzinfo=UTC)) == 2
