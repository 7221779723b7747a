"""Subscriptions as their owners write and see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints

from services.matching.subscriptions.models import (
    BreakerState,
    OwnerKind,
    Subscription,
    SubscriptionStatus,
    types_named,
)
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


Endpoint = Annotated[HttpUrl, AfterValidator(_refuse_credentials)]
EventPattern = Annotated[str, StringConstraints(max_length=100), AfterValidator(_refuse_unknown_types)]


class SubscriptionCreate(Command):
    """A new subscription."""

    endpoint: Endpoint = Field(description="接收地址: https, or http within networks that the operators allow")
    event_types: list[EventPattern] = Field(
        min_length=1, max_length=20, description="Event types, or prefixes that end in `.*`: `matching.pairing.*`"
    )
    description: FreeRemark = Field(default="", description="What it is for; no person's name")


class SubscriptionRead(Reading):
    """A subscription without its secret."""

    id: UUID
    owner_kind: OwnerKind
    endpoint: str
    event_types: list[str]
    description: str
    status: SubscriptionStatus
    disabled_at: datetime | None = None
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
