"""The code of a link: made when it is sent, and kept as a hash alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.matching.answer_links.models import code_of
from services.matching.answer_links.repository import AnswerLinkRepository
from services.matching.pairings.models import Pairing, Side
from services.matching.pairings.repository import PairingRepository
from services.matching.remote.notifier import Address, Notice, name_in_line
from shared.audit.recording import record_reading
from shared.db import Session, new_id
from shared.sealing import Sealer

CODES = 1_000_000


@dataclass(frozen=True)
class CodeWanted:
    """Whose contact is to get a code."""

    link_id: UUID
    side: Side
    demand_id: UUID
    organization_id: UUID


async def find_code_wanted(session: Session, *, link_id: UUID, asked: int | None, at: datetime) -> CodeWanted | None:
    """Return who is to get a code; nothing if none is waited for any more."""
    link = await AnswerLinkRepository(session).lock(link_id)
    if link is None or not link.wants_code(asked=asked, at=at):
        return None
    pairing = await PairingRepository(session).get_for_worker(link.pairing_id)
    return CodeWanted(link.id, link.side, pairing.demand_id, pairing.organization_id)


async def make_code(
    session: Session, *, link_id: UUID, asked: int | None, to: Address, sealer: Sealer, at: datetime
) -> Notice | None:
    """Make a code and return the message that brings it to a contact, whose reading is recorded."""
    link = await AnswerLinkRepository(session).lock(link_id)
    if link is None or not link.wants_code(asked=asked, at=at):
        return None
    pairing = await PairingRepository(session).get_for_worker(link.pairing_id)
    code = f"{secrets.randbelow(CODES):06}"
    link.set_code(sealer.hash(code_of(link.id, code)), at=at)
    fields = [f"{link.side.value}_contact"]
    await record_reading(session, object_type="pairings", object_ids=[pairing.id], fields=fields)
    # Each code is a message of its own: a mail system must not take the second for a repeat of the first.
    return Notice(key=f"code.{new_id()}", to=to, subject=SUBJECT, text=_write(pairing, code), at=at)


async def note_undeliverable(session: Session, *, link_id: UUID, at: datetime) -> None:
    """Record that the code could not be brought to the side, for the office that made the link."""
    link = await AnswerLinkRepository(session).lock(link_id)
    if link is not None:
        link.note_undeliverable(at=at)


SUBJECT = "【乡桥】答复验证码 · Your code to answer"


def _write(pairing: Pairing, code: str) -> str:
    demand, supply = name_in_line(pairing.demand_title), name_in_line(pairing.supply_title)
    return (
        f"您正在答复对接“{demand} ↔ {supply}”。\n验证码:{code},10 分钟内有效。\n"
        "请勿告诉他人;如非本人操作,请忽略。\n\n"
        f"You are answering the pairing “{demand} ↔ {supply}”.\n"
        f"Your code: {code}. It is good for ten minutes.\nTell it to nobody; if you did not ask for it, ignore this.\n"
    )
