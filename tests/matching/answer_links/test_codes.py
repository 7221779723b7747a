"""A code proves the side: it is for one link, soon expires, and is guessed by nobody."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from services.matching.answer_links.models import MOST_CODES, MOST_TRIES
from shared.jobs import RetryLater
from tests.matching.answer_links.conftest import FOUNDATION, Links
from tests.matching.pairing_steps import PAIRINGS, slug

pytestmark = pytest.mark.usefixtures("legal_day")


async def test_a_wrong_code_is_refused_and_after_some_tries_the_right_one_too(links: Links) -> None:
    link = await links.make(await links.scene.order())
    early = await links.answer(link, "000000", "interested")
    code = await links.send_code(link)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refusals = [early] + [await links.answer(link, wrong, "interested") for _ in range(MOST_TRIES)]
    refusals.append(await links.answer(link, code, "interested"))
    told = {(one.status_code, slug(one), one.json()["detail"]) for one in refusals}
    assert len(told) == 1, "nobody is told whether a code was sent, or how near he is"
    assert told.pop()[:2] == (403, "code-not-right")
    await links.let_pass(2)
    assert (await links.answer(link, await links.send_code(link), "interested")).status_code == 200


async def test_codes_are_few_and_far_between_and_soon_expire(links: Links) -> None:
    link = await links.make(await links.scene.order())
    first = await links.send_code(link)
    hasty = await links.public.post(f"{link}/code")
    assert (hasty.status_code, slug(hasty)) == (429, "code-asked-too-often")
    assert 0 < int(hasty.headers["retry-after"]) <= 61
    await links.let_pass(11)
    assert (await links.answer(link, first, "interested")).status_code == 403
    for _ in range(MOST_CODES - 1):
        await links.send_code(link)
        await links.let_pass(2)
    assert (await links.public.post(f"{link}/code")).status_code == 429


async def test_a_code_is_right_for_its_own_link_alone(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    code = await links.send_code(link)
    newer = await links.make(pairing_id)
    assert (await links.public.get(link)).status_code == 404, "an earlier link for the same side ends"
    assert (await links.answer(newer, code, "interested")).status_code == 403


async def test_who_has_no_address_is_not_told_apart_and_the_office_learns_of_it(links: Links) -> None:
    pairing_id = await links.scene.order()
    link = await links.make(pairing_id)
    told = []
    for kept in (None, {"person": "演示基金会", "phone": "19900000062"}, FOUNDATION):
        links.owners.kept = {links.scene.organization.id: kept} if kept else {}
        told.append((await links.public.post(f"{link}/code")).json())
        await links.do_the_job()
        await links.let_pass(2)
        listed = (await links.scene.office.get(f"{PAIRINGS}/{pairing_id}/answer-links")).json()
        assert (listed[0]["undeliverable_at"] is None) is (kept is FOUNDATION)
    assert told[0] == told[1] == told[2]
    assert len(links.mailbox.received) == 1


async def test_a_silent_owner_and_a_busy_mail_server_are_a_matter_of_time(links: Links) -> None:
    link = await links.make(await links.scene.order())
    assert (await links.public.post(f"{link}/code")).status_code == 202
    links.owners.fault = 500
    with pytest.raises(RetryLater):
        await links.do_the_job()
    links.owners.fault, links.mailbox.data = None, "451 later"
    with pytest.raises(RetryLater):
        await links.do_the_job()
    links.mailbox.data = "554 no"
    await links.do_the_job()
    [kept] = await links.kept()
    assert kept.undeliverable_at is not None
    await links.do_the_job()


async def test_no_token_no_code_and_no_contact_is_kept_in_the_clear(links: Links, caplog: Any) -> None:
    link = await links.make(await links.scene.order())
    code = await links.send_code(link)
    async with links.database.transaction() as session:
        tables = (await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        kept = "".join(
            [repr((await session.execute(text(f'select t::text from "{one}" t'))).all()) for one in tables]  # noqa: S608
        )
    for secret in (link.rpartition("/")[2], *FOUNDATION.values()):
        assert secret not in kept + caplog.text
    assert code not in caplog.text
    assert not re.search(rf"(?<![0-9a-f-]){code}(?![0-9a-f-])", kept)
