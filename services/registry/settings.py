"""The settings of registry (`REGISTRY_…`)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class PortalSettings(BaseModel):
    """A government service portal (政务服务网) whose single sign-on (单点登录) is believed for organizations."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$", description="How requests name it")
    kind: Literal["ticket"] = Field(default="ticket", description="The adapter that speaks with it")
    base_url: str = Field(pattern="^https?://", description="Where its interface is reached")
    app_id: str = Field(description="The platform's number there")
    app_secret: SecretStr = Field(description="The platform's secret there")
    timeout_seconds: float = Field(default=5.0, gt=0, le=30)


class Settings(ServiceSettings):
    """What registry is told by the environment."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore", env_ignore_empty=True)

    client_id: str = Field(default="registry", description="Registry calls no neighbour; the name appears in logs")
    towns_under: str = Field(
        default="",
        pattern=r"^[0-9]{0,6}$",
        description="Load the towns only of divisions with this prefix (all without)",
    )
    import_days: int = Field(
        default=365, ge=1, description="How long a finished import's report is kept, in days; its file goes at once"
    )
    contact_days: int = Field(
        default=180, ge=1, description="How long the contact of an organization that left is kept, in days"
    )
    token_seconds: int = Field(default=3600, ge=60, le=86_400, description="Life of an access token, in seconds")
    key_days: int = Field(
        default=30, ge=1, description="How long a key signs tokens before the next takes over, in days"
    )
    grant_days: int = Field(
        default=366, ge=1, le=3660, description="How far ahead a grant to a partner application may end, in days"
    )
    portals: list[PortalSettings] = Field(
        default=[],
        description="Government service portals whose users may come with a ticket, as a JSON list: docs/identity.md",
    )
