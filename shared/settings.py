"""Settings from the environment: what is common to all services, and what each service has of its own."""

import base64
import binascii
from datetime import date
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.contracts.codes import Role
from shared.sealing import Algorithm, Sealer

S = TypeVar("S", bound=BaseSettings)
SignatureAlgorithm = Literal["Ed25519", "EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384",
                             "RS512"]  # fmt: skip
"""Asymmetric ones only: under a shared-secret algorithm the public key would sign."""


class ClaimNames(BaseModel):
    """Which claims of an issuer's tokens say what; a dot leads into an object, as in ``realm_access.roles``."""

    model_config = ConfigDict(extra="forbid")

    subject: str = "sub"
    role: str = "role"
    division: str = "division"
    organization: str = "organization_id"


class Issuer(BaseModel):
    """A token issuer that is believed: a province may add its own identity provider."""

    model_config = ConfigDict(extra="forbid")

    # Without "#", so that <issuer>#<subject> is read in one way only.
    issuer: str = Field(description="The exact `iss` claim", pattern=r"^https?://[^#\s]+$", max_length=200)
    jwks_url: str = Field(description="Where its public keys are served")
    algorithms: list[SignatureAlgorithm] = Field(
        default=["Ed25519"], min_length=1, description="The algorithms believed of it"
    )
    audience: str = Field(default="xiangqiao", min_length=1, description="The `aud` claim, or one of several")
    claims: ClaimNames = Field(default=ClaimNames(), description="Which claims say what")
    roles: dict[str, Role] = Field(
        default={}, description="Role by the value of the role claim; without it the values are the platform's codes"
    )

    @field_validator("roles")
    @classmethod
    def refuse_services(cls, roles: dict[str, Role]) -> dict[str, Role]:
        """Refuse to let another issuer name the platform's own services."""
        if Role.SERVICE in roles.values():
            raise ValueError("no issuer but registry gives out tokens of services")
        return roles


class DataKey(BaseModel):
    """A key that seals what the databases keep secret, with the id that each sealed value names."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="Never used again for another key")
    secret: SecretStr = Field(description="256 random bits in base64")

    @field_validator("secret")
    @classmethod
    def check_secret(cls, secret: SecretStr) -> SecretStr:
        """Refuse what is not 256 bits, without repeating it."""
        try:
            size = len(base64.b64decode(secret.get_secret_value(), validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            raise ValueError("not 32 bytes in base64; make one with: openssl rand -base64 32")
        return secret

    def key(self) -> tuple[str, bytes]:
        """Return the id and the bytes of the key."""
        return self.id, base64.b64decode(self.secret.get_secret_value())


class CommonSettings(BaseSettings):
    """What every process of the platform may be told (`XIANGQIAO_…`)."""

    model_config = SettingsConfigDict(env_prefix="XIANGQIAO_", extra="ignore", env_ignore_empty=True)

    as_of: date | None = Field(default=None, description="Overrides the legal day, for the demo and for tests")
    log_level: str = Field(default="INFO", description="Least level that is logged")
    secret_key: SecretStr = Field(
        min_length=32, description="Seals secrets in the databases and hashes client secrets; 32 characters or more"
    )
    former_secret_keys: list[SecretStr] = Field(
        default=[],
        description="Secret keys of before, as a JSON list: older links of the audit chain are checked by them",
    )
    audit_days: int = Field(
        default=365,
        ge=184,
        description="How long the audit log is kept, in days; not less than six months"
        " (网络安全法 art. 21 (3) of the text of 2016: network logs are kept for six months or longer)",
    )
    data_keys: list[DataKey] = Field(
        default=[],
        description="Keys that seal what the databases keep secret, as a JSON list of `id` and `secret`: the first one"
        " seals, all open. Without any, one derived from the secret key seals; that one always opens",
    )
    data_algorithm: Algorithm = Field(
        default="aesgcm", description="The algorithm that seals: `aesgcm` (AES-256-GCM) or `sm4gcm` (SM4-GCM)"
    )
    least_shown_count: int = Field(
        default=5,
        ge=2,
        description="A public count of people below this is left out; others are rounded down to a multiple of it",
    )
    registry_url: str = Field(default="http://127.0.0.1:8000/registry", description="Base URL of registry")
    projects_url: str = Field(default="http://127.0.0.1:8000/projects", description="Base URL of projects")
    issuer: str = Field(default="https://xiangqiao.invalid/registry", description="The `iss` of registry's own tokens")
    requests_per_client: int = Field(
        default=6000, ge=0, description="Requests a minute that one client may send to one process (0 = any number)"
    )
    requests_per_address: int = Field(
        default=1200,
        ge=0,
        description="Requests a minute without a valid token from one network address to one process (0 = any number)",
    )
    allowed_origins: list[str] = Field(
        default=[], description="Origins whose pages may call the API from a browser (CORS), as a JSON list"
    )
    issuers: list[Issuer] = Field(
        default=[], description="Token issuers believed beside registry itself, as a JSON list: docs/identity.md"
    )
    max_body_bytes: int = Field(default=1_048_576, description="Largest JSON body taken, in bytes")
    max_upload_bytes: int = Field(default=20_971_520, description="Largest workbook taken, in bytes")

    @field_validator("issuers")
    @classmethod
    def refuse_a_second_of_one_name(cls, issuers: list[Issuer], info: ValidationInfo) -> list[Issuer]:
        """Refuse two issuers of one name: which of their keys and mappings are believed would be chance."""
        names = [info.data.get("issuer"), *(one.issuer for one in issuers)]
        if len(set(names)) < len(names):
            raise ValueError("every issuer is named once, and none as registry itself")
        return issuers

    @field_validator("data_keys")
    @classmethod
    def check_key_ids(cls, keys: list[DataKey]) -> list[DataKey]:
        """Refuse two keys of one id: a sealed value could not say which one it means."""
        if len({one.id for one in keys}) < len(keys):
            raise ValueError("one id stands twice")
        return keys

    def sealer(self) -> Sealer:
        """Return the sealer that these settings describe."""
        return Sealer(
            self.secret_key.get_secret_value(),
            data_keys=[one.key() for one in self.data_keys],
            algorithm=self.data_algorithm,
        )


class ServiceSettings(BaseSettings):
    """What each service is told under its own prefix."""

    database_url: SecretStr = Field(description="`postgresql+asyncpg://` DSN of the app role (no DDL)")
    owner_database_url: SecretStr | None = Field(
        default=None, description="DSN of the owner role; only the migration job needs it"
    )
    pool_size: int = Field(default=10, ge=1, description="Database connections kept per process")
    statement_timeout_ms: int = Field(default=30_000, ge=100, description="Longest statement, in milliseconds")
    answer_days: int = Field(default=2, ge=1, description="How long the answer to an Idempotency-Key is kept, in days")
    operation_days: int = Field(default=180, ge=1, description="How long a finished operation is kept, in days")
    job_days: int = Field(
        default=90, ge=1, description="How long the job queue's log and jobs that were given up are kept, in days"
    )
    feed_days: int = Field(default=90, ge=1, description="How long the feed keeps events, in days")
    client_id: str = Field(description="The service's own API client, for calls to its neighbours")
    client_secret: SecretStr = Field(default=SecretStr(""), description="The secret of that client")


class MissingSettings(Exception):
    """Settings are missing or wrong; the message names each one by its environment variable."""


def load(kind: type[S], **given: Any) -> S:
    """
    Build settings from the environment and fail with one message that names every variable at fault.

    The message of a service's settings names the common ones at fault as well.

    :raises MissingSettings: if a required setting is missing or a value is not valid
    """
    try:
        return kind(**given)
    except (ValidationError, SettingsError) as error:
        lines = _faults(kind, error)
    if not issubclass(kind, CommonSettings):
        try:
            CommonSettings()
        except (ValidationError, SettingsError) as error:
            lines += _faults(CommonSettings, error)
    raise MissingSettings(
        "设置缺失或无效,请按 docs/settings.md 设置环境变量:\n"
        "Settings are missing or invalid, see docs/settings.md:\n" + "\n".join(lines)
    )


def _faults(kind: type[BaseSettings], error: ValidationError | SettingsError) -> list[str]:
    """Return a line for each variable at fault, without its value."""
    prefix = kind.model_config.get("env_prefix", "")
    if isinstance(error, SettingsError):
        lists = [name for name in kind.model_fields if f'"{name}"' in str(error)]
        return [f"  {prefix}{name}".upper() + ": not valid JSON" for name in lists]
    return [
        f"  {prefix}{detail['loc'][0]}".upper()
        + "".join(f"[{part}]" for part in detail["loc"][1:])
        + f": {detail['msg']}"
        for detail in error.errors(include_input=False, include_url=False)
    ]
