"""All SQL about who hears of what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from services.matching.deliveries.models import Audience, Delivery, scope_prefixes
from services.matching.subscriptions.models import OwnerKind, Subscription, SubscriptionStatus
from shared.china.divisions import NATIONAL
from shared.contracts.codes import Role
from shared.contracts.matching import READ_BY, PairingPayload, pairing_event
from shared.contracts.scopes import SCOPE_OF_ACTION
from shared.db import Session

DEMAND_SIDE = (Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.PROVINCIAL_OFFICER)
ON_HOLD = pairing_event("on_hold")
ACTIVE = and_(
    Subscription.status == SubscriptionStatus.ACTIVE,
    or_(Subscription.grant_ends_at.is_(None), Subscription.grant_ends_at > func.now()),
)


def _subscribed_to(event_type: str) -> ColumnElement[bool]:
    patterns = [event_type, *(f"{event_type.rsplit('.', cut)[0]}.*" for cut in range(1, event_type.count(".") + 1))]
    version = int(event_type.rpartition(".v")[2])
    return and_(
        ACTIVE,
        ~Subscription.sandbox,
        Subscription.payload_version == version,
        Subscription.event_types.overlap(patterns),
        _may_be_read(event_type),
    )


def _may_be_read(event_type: str) -> ColumnElement[bool]:
    """``Subscription.hears`` as SQL."""
    own, action = Subscription.grant_id.is_(None), READ_BY[event_type]
    scope = SCOPE_OF_ACTION.get(action or "")
    if action is None:
        return true()
    return or_(own, Subscription.grant_scopes.contains([scope.value])) if scope else own


def _wants(payload: PairingPayload, fields: Sequence[str] | None) -> ColumnElement[bool]:
    """Ask whether a subscription's filter lets the pairing through."""
    within = [NATIONAL, *(f"{prefix:0<12}" for prefix in scope_prefixes(payload.demand_division) if prefix)]
    division, chosen = Subscription.filter_division, Subscription.filter_fields
    organization_id, score = Subscription.filter_organization_id, Subscription.filter_score
    return and_(
        or_(division.is_(None), division.in_(within)),
        or_(organization_id.is_(None), organization_id == payload.organization_id),
        or_(chosen.is_(None), chosen.overlap(fields)) if fields is not None else true(),
        or_(score.is_(None), score <= payload.score) if payload.score is not None else true(),
    )


def _hears(audience: Audience, event_type: str) -> ColumnElement[bool]:
    office: ColumnElement[bool] = Subscription.owner_kind == OwnerKind.OFFICE
    demand_side: ColumnElement[bool] = Subscription.owner_role.in_(DEMAND_SIDE)
    # What was never shown is nobody's business but the offices' that may release it.
    organization: ColumnElement[bool] = Subscription.organization_id == audience.organization_id
    if event_type == ON_HOLD and not audience.sides_know:
        demand_side = Subscription.owner_role == Role.PROVINCIAL_OFFICER
        organization = ~true()
        # Nor an application's that acts for one: it knows what the sides know.
        office = and_(office, Subscription.grant_id.is_(None))
    return and_(
        _subscribed_to(event_type),
        or_(
            organization,
            and_(office, demand_side, Subscription.scope_prefix.in_(scope_prefixes(audience.demand_division))),
            and_(
                office,
                Subscription.owner_role == Role.CIVIL_AFFAIRS_OFFICER,
                Subscription.scope_prefix.in_(scope_prefixes(audience.record_division)),
            ),
        ),
    )


class ListenerRepository:
    """Subscriptions as those who hear of something; what is found cannot be deleted before the commit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find_listeners(self, event_type: str, audience: Audience, payload: PairingPayload) -> list[UUID]:
        """Return the subscriptions that hear an event of a pairing and want it."""
        wanted = (_hears(audience, event_type), _wants(payload, audience.fields))
        query = select(Subscription.id).where(*wanted).order_by(Subscription.id)
        locked = query.with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def find_province(self, event_type: str) -> list[UUID]:
        """Return the subscriptions of provincial officers that hear an event; they cannot be deleted before commit."""
        query = select(Subscription.id).where(
            _subscribed_to(event_type), Subscription.owner_role == Role.PROVINCIAL_OFFICER
        )
        locked = query.order_by(Subscription.id).with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def find_others(self, endpoint: Subscription) -> list[UUID]:
        """Return the other subscriptions of an endpoint's owner."""
        query = select(Subscription.id).where(
            ACTIVE, ~Subscription.sandbox, Subscription.owner == endpoint.owner, Subscription.id != endpoint.id
        )
        locked = query.order_by(Subscription.id).with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())

    async def find_told(self, pairing_id: UUID) -> list[UUID]:
        """Return the subscriptions with any delivery of a pairing; they cannot be deleted before the commit."""
        told = exists().where(Delivery.subscription_id == Subscription.id, Delivery.pairing_id == pairing_id)
        query = select(Subscription.id).where(ACTIVE, told).order_by(Subscription.id)
        locked = query.with_for_update(read=True, key_share=True)
        return list((await self._session.execute(locked)).scalars())
