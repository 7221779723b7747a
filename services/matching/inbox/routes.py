"""HTTP of the inbox."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.matching.inbox.models import Question
from services.matching.inbox.repository import InboxRepository
from services.matching.inbox.schemas import Inbox, InboxFilter, StoppedEndpoint, show_question
from services.matching.permissions import InboxReader
from services.matching.subscriptions.repository import SubscriptionRepository
from shared import clock
from shared.db import RequestSession
from shared.paging import PageRequest

router = APIRouter(prefix="/matching/v1", tags=["inbox 待办"])


@router.get("/inbox")
async def read_inbox(
    session: RequestSession,
    by: InboxReader,
    question: Annotated[Question | None, Query(description="Of this kind only")] = None,
    expiring: Annotated[bool, Query(description="Only with three working days left or fewer")] = False,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page")] = 50,
) -> Inbox:
    """
    Read what waits for you (待办): answers, agreements, reports and ratings of your side, or holds to check.

    What is due first comes first. Organizations and rural offices are asked for all of their side, village editors to
    answer and to rate, civil affairs offices and the province to check what is on hold. Empty = nothing to do.
    Endpoints of yours that are sent nothing any more are told beside it.
    """
    inbox = InboxRepository(session, reader=by, today=clock.today(), at=clock.now())
    found = await inbox.list_page(
        InboxFilter(question=question, expiring=expiring), page=PageRequest(cursor=cursor, limit=limit)
    )
    disabled = [] if cursor else await SubscriptionRepository(session).list_disabled(visible_to=by)
    return Inbox(
        counts=await inbox.count(),
        stopped_endpoints=[StoppedEndpoint.of(one) for one in disabled],
        items=[show_question(one) for one in found.items],
        next_cursor=found.next_cursor,
    )
