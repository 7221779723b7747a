"""Subscriptions as their owners write and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, HttpUrl, StringConstraints

from services.matching.subscriptions.models import (
    BreakerState,
    OrderMode,
    OwnerKind,
    Subscription,
    SubscriptionStatus,
    types_named,
)
from shared.china.divisions import UnreadableDivisionCode, normalise_division_code
from shared.contracts.codes import FieldCode
from shared.contracts.matching import DisabledReason
from shared.errors import Text
from shared.free_text import FreeRemark
from shared.schemas import Command, Reading, SecretShown, ShownOnce
from shared.validation_texts import rule_broken

ROTATE = Text(
    "密钥只显示一次。如未保存,请用 POST /matching/v1/subscriptions/{subscription_id}/rotate-secret 更换。",
    "A secret is shown once. If it was lost, get a new one: POST"
    " /matching/v1/subscriptions/{subscription_id}/rotate-secret.",
)


def _refuse_credentials(endpoint: HttpUrl) -> HttpUrl:
    if endpoint.username or endpoint.password or endpoint.fragment:
        text = Text("网址中不得含有用户名、密码或 # 片段。", "The URL must hold no user, password or fragment.")
        raise rule_broken("url_parts", text)
    return endpoint


def _refuse_unknown_types(pattern: str) -> str:
    if not types_named(pattern):
        text = Text(
            "没有这种事件;可用完整的事件类型,或以 .* 结尾的前缀,如 matching.pairing.*。",
            "There is no such event; name a whole event type, or a prefix such as matching.pairing.*.",
        )
        raise rule_broken("unknown_event_type", text)
    return pattern


def _read_division(code: str) -> str:
    try:
        return normalise_division_code(code)
    except UnreadableDivisionCode:
        text = Text("行政区划代码须为 6、9 或 12 位数字。", "A division code has 6, 9 or 12 digits.")
        raise rule_broken("unreadable_division", text) from None


Endpoint = Annotated[HttpUrl, AfterValidator(_refuse_credentials)]
EventPattern = Annotated[str, StringConstraints(max_length=100), AfterValidator(_refuse_unknown_types)]


class WantedPairings(Command):
    """Which pairings are wanted (筛选); what is left out is not asked for."""

    model_config = ConfigDict(from_attributes=True)

    division: Annotated[str, StringConstraints(max_length=20), AfterValidator(_read_division)] | None = Field(
        default=None, description="行政区划: of demands in this division or below it; 6, 9 or 12 digits"
    )
    fields: list[FieldCode] | None = Field(
        default=None, min_length=1, max_length=20, description="领域: of demands in any of these fields"
    )
    organization_id: UUID | None = Field(default=None, description="社会组织: with this organization")
    minimum_score: float | None = Field(
        default=None, ge=0, le=1.25, description="With this score or a higher one, or that nobody scored"
    )


class SubscriptionCreate(Command):
    """A new subscription."""

    endpoint: Endpoint = Field(description="接收地址: https, or http within networks that the operators allow")
    event_types: list[EventPattern] = Field(
        min_length=1, max_length=20, description="Event types, or prefixes that end in `.*`: `matching.pairing.*`"
    )
    description: FreeRemark = Field(default="", description="What it is for; no person's name")
    filter: WantedPairings | None = Field(
        default=None, description="Only events of these pairings; whoever was told of one hears of its withdrawal"
    )
    payload_version: Literal[1] = Field(
        default=1, description="版本: events of this version alone, those whose type ends in `.v1`"
    )
    order_mode: OrderMode = Field(
        default=OrderMode.PAIRING,
        description="顺序: `endpoint` lets every event wait for all before it, not those of its pairing alone",
    )
    most_per_minute: int | None = Field(default=None, ge=1, le=60_000, description="速率: requests in a minute at most")
    sandbox: bool = Field(
        default=False, description="沙箱: it hears of nothing real, and is sent samples of events when it asks for them"
    )


class SubscriptionRead(Reading):
    """A subscription without its secret."""

    id: UUID
    owner_kind: OwnerKind
    endpoint: str
    event_types: list[str]
    description: str
    filter: WantedPairings | None = Field(default=None, description="筛选: which pairings it wants; absent = all")
    payload_version: int
    order_mode: OrderMode
    most_per_minute: int | None = None
    sandbox: bool
    consented_at: datetime | None = Field(
        default=None, description="When the endpoint answered the challenge of a ping; until then events wait"
    )
    status: SubscriptionStatus
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = Field(
        default=None, description="`gone`: it answered 410; `failing`: for long nothing was delivered; `grant_ended`"
    )
    failing_since: datetime | None = Field(default=None, description="The first failure since the last success")
    breaker: BreakerState = Field(description="`open` while the endpoint rests after many failures")
    consecutive_failures: int
    next_attempt_at: datetime | None = Field(default=None, description="Until when the endpoint rests")
    grant_id: UUID | None = Field(default=None, description="授权: the grant under which it was made for somebody")
    grant_ends_at: datetime | None = Field(default=None, description="Until when it is served at most")
    previous_secret_until: datetime | None = Field(
        default=None, description="Until when the secret from before the last rotation (更换密钥) signs too"
    )
    created_at: datetime


class SubscriptionWithSecret(SubscriptionRead, SecretShown):
    """A subscription with the new secret of its signatures, which is shown this once."""

    secret: Annotated[str | None, ShownOnce(ROTATE)] = Field(
        default=None, description="签名密钥 (Standard Webhooks, `whsec_…`). Keep it safe: it cannot be shown again"
    )


def show_with_secret(subscription: Subscription, secret: str) -> SubscriptionWithSecret:
    """Return a subscription with its new secret."""
    return SubscriptionWithSecret(**SubscriptionRead.model_validate(subscription).model_dump(), secret=secret)
