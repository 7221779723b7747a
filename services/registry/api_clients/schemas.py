"""API clients as the security administrator writes and sees them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from shared.contracts.codes import Role
from shared.errors import Text
from shared.free_text import FreeLine, refuse_personal_data
from shared.schemas import Command, DivisionCode, Reading, SecretShown, ShownOnce
from shared.validation_texts import rule_broken

RESERVED = frozenset({"anonymous", "bootstrap", "platform", "system"})
"""By these names records tell what the platform did itself, and what nobody known did."""


ANOTHER = Text(
    "密钥只显示一次。如未保存,请用 POST /registry/v1/api-clients/{client_id}/secrets 新建;已有两个时先停用一个。",
    "A secret is shown once. If it was lost, create another: POST /registry/v1/api-clients/{client_id}/secrets;"
    " of two live ones revoke one first.",
)


def _refuse_reserved(name: str) -> str:
    if name in RESERVED:
        text = Text("该名称由平台自身使用,请另取名称。", "The platform itself bears this name; choose another.")
        raise rule_broken("reserved_name", text)
    return name


ClientId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,62}$"), AfterValidator(refuse_personal_data)
]
"""It stands in logs and records, so that it must tell of no person."""


class ApiClientCreate(Command):
    """A new API client."""

    client_id: Annotated[ClientId, AfterValidator(_refuse_reserved)]
    name: FreeLine = Field(description="What it is for; no person's name")
    role: Role = Field(description="All but `service`, which comes from the deployment")
    division: DivisionCode | None = Field(default=None, description="For offices: the division they work under")
    organization_id: UUID | None = Field(default=None, description="For organizations: the one it speaks for")
    expires_at: AwareDatetime | None = Field(default=None, description="When it ends by itself, for example a contract")


class ApiClientSecretCreate(Command):
    """A further secret of an API client."""

    expires_at: AwareDatetime | None = Field(default=None, description="When it ends by itself")


class ApiClientSecretRead(Reading):
    """What is known of a secret; the secret itself is kept nowhere."""

    id: UUID
    created_at: datetime
    created_by: str
    activated_at: datetime | None = Field(default=None, description="Without it it is pending (待激活)")
    activated_by: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = Field(default=None, description="Exact to the minute")


class NewApiClientSecret(ApiClientSecretRead, SecretShown):
    """A new secret, which is shown this once."""

    client_secret: Annotated[str | None, ShownOnce(ANOTHER)] = Field(
        default=None, description="Keep it safe: it cannot be shown again, not even by repeating the request"
    )


class ApiClientRead(Reading):
    """An API client without its secret."""

    id: UUID
    client_id: str
    name: str
    role: Role
    division: str | None = None
    organization_id: UUID | None = None
    expires_at: datetime | None = None
    disabled_at: datetime | None = None
    created_at: datetime
    created_by: str
    activated_at: datetime | None = Field(
        default=None, description="Without it it is pending (待激活): another security administrator must activate it"
    )
    activated_by: str | None = None
    secrets: list[ApiClientSecretRead]


class ApiClientWithSecret(ApiClientRead, SecretShown):
    """A new API client with its secret, which is shown this once."""

    client_secret: Annotated[str | None, ShownOnce(ANOTHER)] = Field(
        default=None, description="Keep it safe: it cannot be shown again, not even by repeating the request"
    )
