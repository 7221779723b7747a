"""The loop that delivers: many endpoints side by side, one worker at each, its deliveries one after the other."""

import asyncio
import logging

from services.matching.deliveries import actions
from services.matching.deliveries.consumers.grants import LiveGrants
from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.errors import LeaseLost
from services.matching.deliveries.models import Lease
from services.matching.settings import Settings
from shared import clock
from shared.db import Database

MOST_PER_LEASE = 100
logger = logging.getLogger(__name__)


class DeliveryLoop:
    """Leases endpoints that have something due and serves each in a task of its own, so that none waits for another."""

    def __init__(self, database: Database, sender: WebhookSender, settings: Settings, grants: LiveGrants) -> None:
        self._database = database
        self._sender = sender
        self._settings = settings
        self._grants = grants
        self._serving: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; what is being sent then is finished and recorded."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._take_on(stop)
                # With every place taken, wait for one to be free; else look again after a moment.
                full = len(self._serving) >= self._settings.push_concurrency
                await asyncio.wait(
                    {stopping, *self._serving} if full else {stopping},
                    timeout=self._settings.push_poll_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            await asyncio.gather(*self._serving)
        finally:
            for task in (stopping, *self._serving):
                task.cancel()

    async def _take_on(self, stop: asyncio.Event) -> None:
        places = self._settings.push_concurrency - len(self._serving)
        if places <= 0:
            return
        async with self._database.transaction() as session:
            leases = await actions.lease_endpoints(session, most=places, settings=self._settings)
        for lease in leases:
            task = asyncio.create_task(self._serve_guarded(lease, stop))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _serve_guarded(self, lease: Lease, stop: asyncio.Event) -> None:
        subscription = {"subscription_id": str(lease.subscription_id)}
        try:
            await self.serve(lease, stop)
        except LeaseLost:
            logger.warning("the lease of an endpoint was lost", extra=subscription)
        except Exception as error:
            # The lease ends by itself, and what was sent unrecorded is sent again.
            logger.error("an endpoint could not be served", extra=subscription | {"kind": type(error).__name__})

    async def serve(self, lease: Lease, stop: asyncio.Event) -> None:
        """
        Send what is due to a leased endpoint, in order, with no transaction open meanwhile.

        Before each sending under a grant registry is asked whether it stands.

        :raises LeaseLost: if another worker took over; what was sent last is then sent again
        """
        for _ in range(MOST_PER_LEASE):
            if stop.is_set() or not (lease.grant_id is None or await self._grants.stands(lease.grant_id)):
                break
            async with self._database.transaction() as session:
                attempt = await actions.begin_attempt(session, lease=lease, settings=self._settings, at=clock.now())
            if attempt is None:
                return
            outcome = await self._sender.send(attempt)
            async with self._database.transaction() as session:
                await actions.record_outcome(
                    session,
                    lease=lease,
                    delivery_id=attempt.delivery_id,
                    outcome=outcome,
                    settings=self._settings,
                    at=clock.now(),
                )
        async with self._database.transaction() as session:
            await actions.end_lease(session, lease=lease, settings=self._settings, at=clock.now())
