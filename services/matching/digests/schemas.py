"""Receivers of digests as their owners write and see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator

from services.matching.digests.models import Frequency
from shared.contracts.contacts import Email
from shared.schemas import Command, Reading, refuse_null

Hour = Annotated[int, Field(ge=0, le=23)]
QUIET_FROM, QUIET_UNTIL = 18, 8


class DigestRecipientCreate(Command):
    """A receiver of digests (摘要接收人): where to, how often, and when not."""

    email: Email = Field(description="电子邮箱; prefer an office's address 尽量用单位邮箱")
    frequency: Frequency = Field(default=Frequency.DAILY, description="频率")
    quiet_from: Hour = Field(
        default=QUIET_FROM, description="免打扰开始: from this hour in Asia/Shanghai nothing is sent"
    )
    quiet_until: Hour = Field(
        default=QUIET_UNTIL, description="免打扰结束: until this hour; the same hour = never quiet"
    )


class DigestRecipientUpdate(Command):
    """What a receiver chooses anew; a new address is a new receiver."""

    frequency: Frequency | None = None
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None

    _no_null = field_validator("frequency", "quiet_from", "quiet_until", mode="before")(refuse_null)


class DigestRecipientRead(Reading):
    """A receiver of digests (摘要接收人); of its address only what tells it from others is shown."""

    id: UUID
    email_masked: str
    frequency: Frequency
    quiet_from: int
    quiet_until: int
    confirmed_at: datetime | None = Field(default=None, description="When the receiver agreed; nothing is sent before")
    unsubscribed_at: datetime | None = Field(default=None, description="When the receiver unsubscribed 退订")
    refusals: int = Field(description="Messages in a row that its server refused; after three they end")
    version: int
    created_at: datetime


def mask_email(email: str) -> str:
    """Return an address with only the first character before its domain: ``z***@example.org``."""
    name, _, domain = email.partition("@")
    return f"{name[0]}***@{domain}"
