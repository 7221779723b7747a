"""The worker is killed -9 when a digest was taken by the mail server and not recorded: it comes again as the same."""

import asyncio
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from uuid import UUID

from services.matching.digests.models import DigestRecipient, Frequency, address_purpose
from services.matching.inbox.models import owned_by
from services.matching.pairings.models import Pairing
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import PairingOrigin, PairingStatus, Role
from shared.db import Database, new_id
from shared.embedded_postgres import DatabaseAccess, EmbeddedPostgres
from shared.migrations import upgrade
from shared.sealing import Sealer
from tests.faults.standalone import ROOT
from tests.faults.test_run_under_kill import Worker, root, server
from tests.matching.mailbox import taking_mail
from tests.platform import LONG

__all__ = ["root", "server"]
MONDAY = date(2026, 11, 23)
RECEIVERS = {f"office-{number}@example.org" for number in range(3)}
PATIENCE_SECONDS = 300
SECRET_KEY = "a-key-of-this-test-alone-0123456789"  # pragma: allowlist secret


def make_pairing(organization_id: UUID) -> Pairing:
    return Pairing(
        status=PairingStatus.OPEN, origin=PairingOrigin.RECOMMENDED, demand_id=new_id(), demand_title="村小缺图书",
        demand_division="513431101201", supply_id=new_id(), supply_title="乡村图书角", organization_id=organization_id,
        organization_name="四川某乡村发展基金会", record_division="510100000000", is_government_purchase=False,
        opened_at=clock.now(), last_answer_on=date(2026, 12, 4), hold_reasons=[], score=0.5, policy_version="2026-01",
        model_hash="x", explanation={},
    )  # fmt: skip


def make_recipient(email: str, organization_id: UUID) -> DigestRecipient:
    owner = Principal("foundation", Role.ORGANIZATION, organization_id=organization_id)
    recipient_id, sealer = new_id(), Sealer(SECRET_KEY)
    return DigestRecipient(
        id=recipient_id, email_sealed=sealer.seal(email.encode(), purpose=address_purpose(recipient_id)),
        email_masked="o***@example.org", frequency=Frequency.DAILY, quiet_from=0, quiet_until=0,
        confirmation=new_id(), confirmed_at=clock.now(), **owned_by(owner),
    )  # fmt: skip


async def fill(access: DatabaseAccess) -> None:
    database, organization_id = Database(access.app_dsn, name="test"), new_id()
    try:
        async with database.transaction() as session:
            session.add_all(
                [make_pairing(organization_id), *(make_recipient(one, organization_id) for one in RECEIVERS)]
            )
    finally:
        await database.close()


@LONG
async def test_a_digest_that_was_taken_and_not_recorded_comes_again_as_the_same_message(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    access = server.ensure_databases(["matching"])["matching"]
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, ROOT / "services" / "matching" / "migrations", access.owner_dsn).result()
    await fill(access)
    async with taking_mail() as mailbox:
        worker = Worker(
            access,
            tmp_path / "worker.log",
            engine_from=2_000,
            XIANGQIAO_AS_OF=MONDAY.isoformat(),
            MATCHING_SMTP_HOST="127.0.0.1",
            MATCHING_SMTP_PORT=str(mailbox.port),
            MATCHING_SMTP_SECURITY="none",
            MATCHING_MAIL_FROM="notice@xiangqiao.test",
        )

        def kill_at_the_first() -> None:
            if len(mailbox.received) == 1:
                worker.kill()

        def count(status: str) -> int:
            return server.run_script("SELECT status FROM digests", database=access.database).split().count(status)

        mailbox.taken = kill_at_the_first
        deadline = time.monotonic() + PATIENCE_SECONDS
        worker.start()
        while not mailbox.received:
            assert time.monotonic() < deadline, "no digest was ever sent"
            await asyncio.sleep(0.05)
        assert count("sent") < len(RECEIVERS)
        worker.start()
        try:
            while count("sent") < len(RECEIVERS):
                assert time.monotonic() < deadline, f"in vain: {count('pending')} digests are pending"
                await asyncio.sleep(1)
        finally:
            worker.stop()
    names = defaultdict(list)
    for message in mailbox.received:
        names[message["To"]].append(message["Message-ID"])
    assert set(names) == RECEIVERS
    assert all(len(set(one)) == 1 for one in names.values()), "each receiver knows one message"
    assert len(mailbox.received) > len(RECEIVERS), "the first was taken twice"
