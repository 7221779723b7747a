"""The settings of projects (`PROJECTS_…`)."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What projects is told by the environment."""

    model_config = SettingsConfigDict(env_prefix="PROJECTS_", extra="ignore", env_ignore_empty=True)

    client_id: str = Field(default="projects", description="The service's own API client, for calls to its neighbours")
    client_secret: SecretStr = Field(description="The secret of that client")
