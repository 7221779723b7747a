"""What the end of a grant does to the subscriptions made under it."""

import logging
from collections.abc import Collection
from uuid import UUID

from services.matching.deliveries import actions
from shared import clock
from shared.auth.revocations import ReadRevocations
from shared.db import Database
from shared.logs import describe_failure

logger = logging.getLogger(__name__)


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
