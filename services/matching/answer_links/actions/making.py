"""An office makes a link for a side without an account, sees what became of it, and revokes it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.matching.answer_links.errors import NothingToAnswer, TooManyAnswerLinks
from services.matching.answer_links.models import A_DAY, MOST_LINKS, AnswerLink, find_question
from services.matching.answer_links.repository import AnswerLinkRepository
from services.matching.pairings.models import Side
from services.matching.pairings.repository import PairingRepository
from shared.auth.principals import Principal
from shared.db import Session
from shared.sealing import Sealer

TOKEN_BYTES = 32
FORGOTTEN_AT_ONCE = 500


async def make_answer_link(
    session: Session, *, pairing_id: UUID, side: Side, by: Principal, sealer: Sealer, lives: timedelta, at: datetime
) -> tuple[AnswerLink, str]:
    """
    Make a link by which a side answers what it is asked now, and return it with its token; an earlier one ends.

    It ends with the time to answer, if that is sooner.

    :raises PairingNotFound: if the caller may not know of the pairing
    :raises NothingToAnswer: if nothing waits that the side could answer by a link
    :raises TooManyAnswerLinks: if the side was given as many within a day as it may be: each brings new codes to guess
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    question = find_question(pairing, side)
    if question is None or pairing.answer_by is None or pairing.answer_by <= at:
        raise NothingToAnswer(pointer="/side")
    repository = AnswerLinkRepository(session)
    earlier = await repository.list_of(pairing_id, side=side)
    today = [one.created_at for one in earlier if one.created_at > at - A_DAY]
    if len(today) >= MOST_LINKS:
        raise TooManyAnswerLinks(retry_after=int((min(today) + A_DAY - at).total_seconds()) + 1, most=MOST_LINKS)
    for one in earlier:
        one.revoke(at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = AnswerLink(
        pairing_id=pairing_id,
        side=side,
        question=question,
        token_hash=sealer.hash(token),
        created_by=by.signature,
        expires_at=min(at + lives, pairing.answer_by),
        code_asked_at=max(
            (one.code_asked_at for one in earlier if one.code_asked_at and not one.used_at), default=None
        ),
    )
    return await repository.add(link), token


async def list_answer_links(session: Session, *, pairing_id: UUID, by: Principal) -> Sequence[AnswerLink]:
    """
    Return the links of a pairing, the newest first.

    :raises PairingNotFound: if the caller may not know of the pairing
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by)
    return await AnswerLinkRepository(session).list_of(pairing.id)


async def revoke_answer_link(session: Session, *, pairing_id: UUID, link_id: UUID, by: Principal, at: datetime) -> None:
    """
    Let a link of a pairing lead nowhere from now on.

    :raises PairingNotFound: if the caller may not know of the pairing
    :raises AnswerLinkNotFound: if there is no such link
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by)
    (await AnswerLinkRepository(session).get_of(pairing.id, link_id)).revoke(at=at)


async def forget_answer_links(session: Session, *, before: datetime) -> int:
    """Forget some links that ended before an instant and return how many."""
    return await AnswerLinkRepository(session).delete_expired(before=before, limit=FORGOTTEN_AT_ONCE)
