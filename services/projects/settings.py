"""The settings of projects (`PROJECTS_…`)."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What projects is told by the environment."""

    model_config = SettingsConfigDict(env_prefix="PROJECTS_", extra="ignore", env_ignore_empty=True)

    client_id: str = Field(default="projects", description="The service's own API client, for calls to its neighbours")
    import_days: int = Field(
        default=365, ge=1, description="How long a finished import's report is kept, in days; its file goes at once"
    )
    contact_days: int = Field(default=180, ge=1, description="How long the contact of a closed demand is kept, in days")
    client_secret: SecretStr = Field(description="The secret of that client")
