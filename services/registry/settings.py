"""The settings of registry (`REGISTRY_…`)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What registry is told by the environment."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore", env_ignore_empty=True)

    client_id: str = Field(default="registry", description="Registry calls no neighbour; the name appears in logs")
    towns_under: str = Field(
        default="",
        pattern=r"^[0-9]{0,6}$",
        description="Load the towns only of divisions with this prefix (all without)",
    )
    token_seconds: int = Field(default=3600, ge=60, le=86_400, description="Life of an access token, in seconds")
