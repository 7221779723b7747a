"""By a link a side without an account answers once, for itself and on record, and nobody else does."""

import asyncio
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from services.matching.answer_links.actions import making
from services.matching.answer_links.models import MOST_LINKS
from shared import clock
from shared.audit.models import AuditEntry, Effect
from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import Call
from tests.fakes.contacts import FakeContacts
from tests.matching.answer_links.conftest import FOUNDATION, VILLAGE, Links
from tests.matching.mailbox import taking_mail
from tests.matching.pairing_steps import PAIRINGS, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")


async def test_a_side_without_an_account_shows_interest_and_it_is_on_record_as_its_own(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    asked = (await links.public.get(link)).json()
    assert (asked["question"], asked["answers"]) == ("answer", ["interested", "declined"])
    assert (asked["demand_title"], asked["supply_title"]) == ("村小缺图书", "乡村图书角")
    code = await links.send_code(link)
    assert [one["To"] for one in links.mailbox.received] == [FOUNDATION["email"]]
    given = await links.answer(link, code, "interested")
    assert (given.status_code, given.json()) == (200, {"answer": "interested", "status": "open"})
    read = (await links.scene.office.get(f"{PAIRINGS}/{pairing_id}")).json()
    [kept] = await links.kept()
    assert (read["phase"], read["history"][-2]["by_subject"]) == ("in_talks", f"answer-link:{kept.id}")
    async with links.database.transaction() as session:
        entries = select(AuditEntry).where(AuditEntry.effect != Effect.NONE).order_by(AuditEntry.id)
        told = [
            (one.subject, one.acting_for, one.action, one.object_type)
            for one in (await session.execute(entries)).scalars()
            if one.object_type == "answer_links" or one.action in ("answer_by_link", "send_answer_code")
        ]
    side = f"answer-link:{kept.id}"
    assert told[0] == ("zhaojue-rural", None, "make_answer_link", "answer_links")
    assert ("anonymous", None, "ask_answer_code", "answer_links") in told
    assert (side, None, "answer_by_link", "pairings") in told
    assert (side, None, "answer_by_link", "answer_links") in told


async def test_a_link_is_used_once_and_for_what_it_was_made(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    code = await links.send_code(link)
    wrong_kind = await links.answer(link, code, "agreed")
    assert (wrong_kind.status_code, slug(wrong_kind)) == (409, "nothing-to-answer")
    assert (await links.answer(link, code, "interested")).status_code == 200
    for again in (
        await links.answer(link, code, "interested"),
        await links.public.get(link),
        await links.public.post(f"{link}/code"),
    ):
        assert (again.status_code, slug(again)) == (404, "answer-link-not-valid")
    second = await links.make(pairing_id)
    assert (await links.public.get(second)).json()["answers"] == ["agreed", "declined"]
    agreed = await links.answer(second, await links.send_code(second), "agreed")
    assert agreed.json() == {"answer": "agreed", "status": "open"}


async def test_new_links_bring_no_more_codes_to_guess(links: Links) -> None:
    pairing_id = await links.scene.order()
    first = await links.make(pairing_id)
    await links.send_code(first)
    second = await links.make(pairing_id)
    asked = await links.public.post(f"{second}/code")
    assert (asked.status_code, slug(asked)) == (429, "code-asked-too-often")
    for _ in range(MOST_LINKS - 2):
        await links.make(pairing_id)
    body = {"side": "supply"}
    refused = await links.scene.office.post(f"{PAIRINGS}/{pairing_id}/answer-links", json=body)
    assert (refused.status_code, slug(refused)) == (429, "too-many-answer-links")
    assert int(refused.headers["Retry-After"]) <= 86_400


async def test_the_job_of_an_earlier_asking_does_not_replace_the_code_of_a_later_one(links: Links) -> None:
    link = await links.make(await links.scene.order())
    await links.send_code(link)
    await links.let_pass(2)
    code = await links.send_code(link)
    brought = len(links.mailbox.received)
    await links.do_the_job(asked=1)
    assert len(links.mailbox.received) == brought
    assert (await links.answer(link, code, "interested")).status_code == 200


async def test_a_decline_by_a_link_needs_its_reason_and_ends_the_pairing(links: Links) -> None:
    link = await links.make(await links.scene.order())
    code = await links.send_code(link)
    assert (await links.answer(link, code, "declined")).status_code == 422
    declined = await links.answer(link, code, "declined", reason="no_capacity")
    assert declined.json() == {"answer": "declined", "status": "declined"}


async def test_the_demand_side_shows_interest_by_a_link_and_never_agrees(links: Links) -> None:
    taken = await links.scene.propose(links.scene.foundation)
    pairing_id = taken.json()["id"]
    link = await links.make(pairing_id, "demand", by=links.scene.province)
    code = await links.send_code(link)
    assert links.mailbox.received[-1]["To"] == VILLAGE["email"]
    assert (await links.answer(link, code, "interested")).status_code == 200
    for side in ("demand", "nobody"):
        refused = await links.scene.office.post(f"{PAIRINGS}/{pairing_id}/answer-links", json={"side": side})
        assert refused.status_code == (409 if side == "demand" else 422)


async def test_only_offices_that_keep_no_contact_of_the_side_make_links(links: Links) -> None:
    pairing_id = await links.scene.order()
    scene = links.scene
    for by in (scene.civil_affairs, scene.foundation, scene.editor):
        refused = await by.post(f"{PAIRINGS}/{pairing_id}/answer-links", json={"side": "supply"})
        assert (refused.status_code, slug(refused)) == (403, "not-allowed")
    elsewhere = scene.call(Role.RURAL_OFFICER, division="510722000000")
    assert (await elsewhere.post(f"{PAIRINGS}/{pairing_id}/answer-links", json={"side": "supply"})).status_code == 404


async def test_a_guessed_an_expired_and_a_revoked_link_are_one_to_who_follows_them(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    [kept] = await links.kept()
    revoked = await links.scene.office.delete(f"{PAIRINGS}/{pairing_id}/answer-links/{kept.id}")
    assert revoked.status_code == 204
    expired = await links.make(pairing_id)
    await links.let_pass(minutes=30 * 24 * 60)
    guessed = "/matching/v1/answer-links/" + "A" * 43
    answers = [await links.public.get(one) for one in (link, expired, guessed)]
    assert {(one.status_code, one.json()["detail"]) for one in answers} == {(404, answers[0].json()["detail"])}
    listed = (await links.scene.office.get(f"{PAIRINGS}/{pairing_id}/answer-links")).json()
    assert [one["revoked_at"] is not None for one in listed] == [False, True]
    missing = await links.scene.office.delete(f"{PAIRINGS}/{pairing_id}/answer-links/{pairing_id}")
    assert slug(missing) == "answer-link-not-found"


async def test_what_was_settled_otherwise_is_told_and_the_code_does_nothing(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    code = await links.send_code(link)
    await links.scene.answer(links.scene.foundation, pairing_id, "supply", "interested")
    assert (await links.public.get(link)).json()["answers"] == []
    refused = await links.answer(link, code, "declined", reason="time")
    assert (refused.status_code, slug(refused)) == (409, "nothing-to-answer")
    assert "已办理" in (await links.public.get(f"{link}/page")).text


async def test_the_page_is_enough_for_who_has_a_browser_alone(links: Links) -> None:
    link = await links.make(await links.scene.order())
    page = await links.public.get(f"{link}/page")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "村小缺图书" in page.text
    asked = await links.public.post(f"{link}/page/code")
    assert "验证码已发往" in asked.text
    await links.do_the_job()
    [code] = re.findall(r"验证码:([0-9]{6}),", links.mailbox.texts()[-1])
    form = {"code": code, "choice": "declined no_capacity"}
    wrong = await links.public.post(f"{link}/page", data=form | {"code": "x"})
    assert wrong.status_code == 422
    assert "谢绝:没有余力" in asked.text
    answered = await links.public.post(f"{link}/page", data=form)
    assert (answered.status_code, "您的答复:谢绝" in answered.text) == (200, True)
    late = await links.public.post(f"{link}/page", data=form)
    assert (late.status_code, "链接无效" in late.text) == (404, True)


async def test_two_answers_at_the_same_moment_are_one(
    live_app: FastAPI, live_database: Database, live_call: Call
) -> None:
    before = live_app.state.settings
    live_app.state.settings = before.model_copy(update={"smtp_host": "127.0.0.1"})
    try:
        scene = await set_scene(live_database, live_call)
        owners = FakeContacts({scene.organization.id: FOUNDATION})
        async with taking_mail() as mailbox:
            links = Links(scene, live_app, owners, mailbox, live_call(None))
            link = await links.make(await scene.order())
            code = await links.send_code(link)
        given = await asyncio.gather(*[links.answer(link, code, "interested") for _ in range(3)])
        assert sorted(one.status_code for one in given) == [200, 404, 404]
    finally:
        live_app.state.settings = before


async def test_links_are_forgotten_some_time_after_their_end(links: Links) -> None:
    await links.make(await links.scene.order())
    async with links.database.transaction() as session:
        assert await making.forget_answer_links(session, before=clock.now()) == 0
        assert await making.forget_answer_links(session, before=datetime(2099, 1, 1, tzinfo=UTC)) == 1
    assert UUID(int=0) not in {one.id for one in await links.kept()}


async def test_there_is_no_link_to_what_is_decided_and_none_without_a_mail_server(links: Links) -> None:
    pairing_id = await links.scene.order()
    path, body = f"{PAIRINGS}/{pairing_id}/answer-links", {"side": "supply"}
    await links.scene.agree(pairing_id)
    decided = await links.scene.office.post(path, json=body)
    assert (decided.status_code, slug(decided)) == (409, "nothing-to-answer")
    links.app.state.settings.smtp_host = ""
    assert slug(await links.scene.office.post(path, json=body)) == "mail-not-set-up"
