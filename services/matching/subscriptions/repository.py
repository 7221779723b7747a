"""All SQL about subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.matching.subscriptions.errors import SubscriptionNotFound
from services.matching.subscriptions.models import Owner, Subscription, SubscriptionStatus, owner_of
from shared.auth.principals import Principal
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class SubscriptionRepository:
    """Subscriptions of one session; everybody sees their own ones alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, subscription: Subscription) -> Subscription:
        """Store a new subscription."""
        self._session.add(subscription)
        await self._session.flush()
        return subscription

    async def count_locked(self, owner: Owner) -> int:
        """Count an owner's subscriptions; until the commit nobody else counts the same owner's."""
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"subscriptions of {owner.key}", 0))
        await self._session.execute(select(lock))
        count = select(func.count()).select_from(Subscription).where(Subscription.owner == owner.key)
        return int((await self._session.execute(count)).scalar_one())

    async def get(self, subscription_id: UUID, *, visible_to: Principal, for_update: bool = False) -> Subscription:
        """
        Return a subscription of the caller's own, locked if it will be changed.

        :raises SubscriptionNotFound: if there is none
        """
        query = select(Subscription).where(
            Subscription.id == subscription_id, Subscription.owner == owner_of(visible_to).key
        )
        if for_update:
            query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise SubscriptionNotFound(pointer="path/subscription_id")
        return found

    async def list(self, *, visible_to: Principal, page: PageRequest) -> Slice[Subscription]:
        """Return a page of the caller's own subscriptions, newest first."""
        query = select(Subscription).where(Subscription.owner == owner_of(visible_to).key)
        order = [Sort(column=Subscription.id, descending=True)]
        return await read_page(self._session, query, order=order, page=page)

    async def list_disabled(self, *, visible_to: Principal) -> Sequence[Subscription]:
        """Return the caller's own subscriptions that are sent nothing any more, the last one disabled first."""
        query = (
            select(Subscription)
            .where(Subscription.owner == owner_of(visible_to).key, Subscription.status == SubscriptionStatus.DISABLED)
            .order_by(Subscription.disabled_at.desc(), Subscription.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def lock_rotated(self, *, before: datetime) -> Sequence[Subscription]:
        """Return, locked, the subscriptions whose secret from before the last rotation signs no more."""
        query = select(Subscription).where(Subscription.previous_secret_until <= before).order_by(Subscription.id)
        return (await self._session.execute(query.with_for_update(key_share=True))).scalars().all()

    async def delete(self, subscription_id: UUID, *, visible_to: Principal) -> None:
        """
        Delete a subscription of the caller's own, and its deliveries with it.

        :raises SubscriptionNotFound: if there is none
        """
        subscription = await self.get(subscription_id, visible_to=visible_to)
        await self._session.delete(subscription)
        await self._session.flush()
