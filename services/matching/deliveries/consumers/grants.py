"""What the end of a grant does to the subscriptions made under it."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from services.matching.deliveries import actions
from shared import clock
from shared.auth.revocations import ReadRevocations
from shared.db import Database
from shared.logs import describe_failure

logger = logging.getLogger(__name__)
FRESH_SECONDS = 2.0


class LiveGrants:
    """
    Tells, before something is sent under a grant, whether registry still stands by the grant.

    One answer serves all sendings of the next ``FRESH_SECONDS``. While registry cannot be asked nothing is sent under
    any grant: it waits, and is not lost.
    """

    def __init__(self, read: ReadRevocations) -> None:
        self._read = read
        self._revoked: Collection[UUID] | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def stands(self, grant_id: UUID) -> bool:
        """Tell whether something may be sent under a grant now, as far as its revocation goes."""
        async with self._asking:
            now = clock.now()
            if self._asked_at is None or now - self._asked_at >= timedelta(seconds=FRESH_SECONDS):
                self._revoked, self._asked_at = await self._ask(), now
        return self._revoked is not None and grant_id not in self._revoked

    async def _ask(self) -> Collection[UUID] | None:
        try:
            return frozenset((await self._read()).grants)
        except Exception as error:
            logger.warning(
                "nothing is sent under grants: the revoked ones cannot be read", extra=describe_failure(error)
            )
            return None


async def follow_grants(database: Database, read: ReadRevocations) -> int:
    """
    Stop what is pushed under grants that were revoked, as registry tells, or have run out; return how many.

    What stopped stays so: registry need not be asked again, and while it is away the calendar goes on.
    """
    revoked: Collection[UUID] = ()
    try:
        revoked = (await read()).grants
    except Exception as error:
        logger.warning("the revoked grants cannot be read", extra=describe_failure(error))
    async with database.transaction() as session:
        return await actions.stop_ended_grants(session, revoked=revoked, at=clock.now())
