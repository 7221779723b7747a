"""Whoever receives digests agreed to them, chooses for itself, and is out by one click."""

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from services.matching.digests import consumers
from services.matching.digests.actions.keeping import forget_digest_recipients
from services.matching.digests.models import DigestRecipient
from shared import clock
from shared.audit.models import AuditEntry, Effect
from shared.db import new_id
from shared.jobs import RetryLater
from shared.testing import SavepointDatabase
from tests.matching.digests.conftest import ADDRESS, RECIPIENTS, Post, find_link
from tests.matching.pairing_steps import Scene, slug


async def test_nothing_but_the_question_is_sent_before_the_receiver_agrees(scene: Scene, post: Post) -> None:
    await scene.order()
    recipient_id = await post.add(scene.foundation, confirm=False)
    await post.run()
    await post.ask(recipient_id)
    await post.run()
    [question] = post.mailbox.texts()
    link = find_link(question, "confirm")
    page = await post.public.get(link)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<form" in page.text
    await post.run()
    assert len(post.mailbox.received) == 1, "who only looks has not agreed"
    for _ in range(2):
        assert (await post.public.post(link)).status_code == 200
    await post.run()
    assert len(post.mailbox.received) == 2


async def test_one_click_ends_them_and_only_the_receiver_can_want_them_again(scene: Scene, post: Post) -> None:
    await scene.order()
    recipient_id = await post.add(scene.foundation)
    await post.run()
    link = find_link(post.mailbox.texts()[0], "unsubscribe")
    assert "<form" in (await post.public.get(link)).text
    for _ in range(2):
        clicked = await post.public.post(link, data={"List-Unsubscribe": "One-Click"})
        assert clicked.status_code == 200
    path = f"{RECIPIENTS}/{recipient_id}"
    read = await scene.foundation.get(path)
    assert read.json()["frequency"] == "none"
    changed = await scene.foundation.patch(
        path, json={"frequency": "daily"}, headers={"If-Match": read.headers["etag"]}
    )
    assert (changed.json()["frequency"], changed.json()["confirmed_at"]) == ("daily", None)
    await post.ask(recipient_id)
    assert find_link(post.mailbox.texts()[-1], "confirm")
    async with scene.database.transaction() as session:
        done = await session.execute(
            select(AuditEntry.subject, AuditEntry.action)
            .where(AuditEntry.object_id == recipient_id, AuditEntry.effect == Effect.CHANGED)
            .order_by(AuditEntry.id)
        )
    assert [tuple(row) for row in done] == [
        (f"digest-recipient:{recipient_id}", "confirm_digests"),
        (f"digest-recipient:{recipient_id}", "unsubscribe_digests"),
        ("foundation", "change_digest_recipient"),
    ]


async def test_a_link_that_nobody_here_made_leads_nowhere_and_so_does_one_for_another_purpose(
    scene: Scene, post: Post
) -> None:
    recipient_id = await post.add(scene.foundation, confirm=False)
    await post.ask(recipient_id)
    good = find_link(post.mailbox.texts()[0], "unsubscribe")
    token = good.rpartition("/")[2]
    other = UUID(recipient_id).hex[:-1] + ("0" if recipient_id[-1] != "0" else "1")
    wrong = [token[:-1] + ("0" if token[-1] != "0" else "1"), other + token[32:], "x", token[:32], "é" * 96]
    for one in wrong:
        for refused in (
            await post.public.get(f"{RECIPIENTS}/unsubscribe/{one}"),
            await post.public.post(f"{RECIPIENTS}/unsubscribe/{one}"),
            await post.public.post(f"{RECIPIENTS}/confirm/{one}"),
        ):
            assert (refused.status_code, slug(refused)) == (404, "link-not-valid")
    assert (await post.public.post(f"{RECIPIENTS}/confirm/{token}")).status_code == 404
    assert (await scene.foundation.delete(f"{RECIPIENTS}/{recipient_id}")).status_code == 204
    assert (await post.public.post(good)).status_code == 404
    await post.run()


async def test_an_older_question_is_out_of_date_once_the_receiver_is_asked_anew(scene: Scene, post: Post) -> None:
    recipient_id = await post.add(scene.foundation, confirm=False)
    await post.ask(recipient_id)
    confirm, leave = (find_link(post.mailbox.texts()[0], one) for one in ("confirm", "unsubscribe"))
    await post.public.post(leave)
    assert (await post.public.post(confirm)).status_code == 404
    async with post.database.transaction() as session:
        recipient = await session.get_one(DigestRecipient, UUID(recipient_id))
        recipient.ask_again()
    assert (await post.public.post(confirm)).status_code == 404


async def test_receivers_belong_to_their_organization_or_office_and_are_of_bounded_number(
    scene: Scene, post: Post, app: FastAPI
) -> None:
    recipient_id = await post.add(scene.foundation, confirm=False)
    await post.add(scene.office, confirm=False)
    for by in (scene.office, scene.editor, scene.civil_affairs, scene.province):
        assert (await by.get(f"{RECIPIENTS}/{recipient_id}")).status_code == 404
        assert (await by.delete(f"{RECIPIENTS}/{recipient_id}")).status_code == 404
    listed = (await scene.foundation.get(RECIPIENTS)).json()["items"]
    assert [(one["id"], one["email_masked"]) for one in listed] == [(recipient_id, "o***@example.org")]
    app.state.settings.digest_recipients_per_owner = 1
    refused = await scene.foundation.post(RECIPIENTS, json={"email": "another@example.org"})
    assert (refused.status_code, slug(refused)) == (409, "too-many-digest-recipients")
    app.state.settings.smtp_host = ""
    refused = await scene.foundation.post(RECIPIENTS, json={"email": "another@example.org"})
    assert (refused.status_code, slug(refused)) == (409, "mail-not-set-up")


async def test_who_agreed_is_asked_no_more_whatever_its_owner_changes(scene: Scene, post: Post) -> None:
    recipient_id = await post.add(scene.foundation, confirm=False)
    post.mailbox.data = "451 later"
    with pytest.raises(RetryLater):
        await post.ask(recipient_id)
    post.mailbox.data = "250 OK"
    await post.ask(recipient_id)
    await post.public.post(find_link(post.mailbox.texts()[-1], "confirm"))
    path = f"{RECIPIENTS}/{recipient_id}"
    version = (await scene.foundation.get(path)).headers["etag"]
    for _ in range(2):
        changed = await scene.foundation.patch(path, json={"quiet_from": 20}, headers={"If-Match": version})
    assert (changed.status_code, slug(changed)) == (412, "stale")
    read = (await scene.foundation.get(path)).json()
    assert (read["quiet_from"], read["quiet_until"], read["confirmed_at"] is None) == (20, 0, False)
    await post.ask(recipient_id)
    gone = {"recipient_id": str(new_id()), "confirmation": str(new_id())}
    await consumers.ask_recipient(post.database, post.notifier, post.links, gone)
    assert len(post.mailbox.received) == 1


async def test_adding_and_deleting_asks_no_more_people_than_adding(
    scene: Scene, post: Post, app: FastAPI, database: SavepointDatabase
) -> None:
    app.state.settings.digest_recipients_per_owner = 1
    recipient_id = await post.add(scene.foundation, confirm=False)
    assert (await scene.foundation.delete(f"{RECIPIENTS}/{recipient_id}")).status_code == 204
    assert (await scene.foundation.get(RECIPIENTS)).json()["items"] == []
    hasty = await scene.foundation.post(RECIPIENTS, json={"email": "another@example.org"})
    assert slug(hasty) == "too-many-digest-recipients"
    async with database.transaction() as session:
        kept = await session.get_one(DigestRecipient, UUID(recipient_id))
        assert (kept.email_sealed, kept.email_masked) == (None, None)
        assert await forget_digest_recipients(session, at=clock.now()) == 0
        assert await forget_digest_recipients(session, at=clock.now() + timedelta(days=1)) == 1
    await post.add(scene.foundation, confirm=False)


async def test_an_address_that_takes_no_question_is_noted(scene: Scene, post: Post) -> None:
    recipient_id = await post.add(scene.foundation, confirm=False)
    post.mailbox.to = "550 no such user"
    await post.ask(recipient_id)
    assert (await scene.foundation.get(f"{RECIPIENTS}/{recipient_id}")).json()["refusals"] == 1


async def test_the_address_stands_in_no_table_and_no_log(
    scene: Scene, post: Post, database: SavepointDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.order()
    await post.add(scene.foundation)
    await post.run()
    async with database.transaction() as session:
        tables = (await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        kept = [repr((await session.execute(text(f'select t::text from "{one}" t'))).all()) for one in tables]  # noqa: S608
    assert ADDRESS not in "".join(kept)
    assert ADDRESS not in caplog.text
