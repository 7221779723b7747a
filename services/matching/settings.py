"""The settings of matching (`MATCHING_…`)."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What matching is told by the environment."""

    model_config = SettingsConfigDict(env_prefix="MATCHING_", extra="ignore", env_ignore_empty=True)

    client_id: str = Field(default="matching", description="The service's own API client, for calls to its neighbours")
    client_secret: SecretStr = Field(description="The secret of that client")
    engine_from: int = Field(
        default=2_000,
        ge=0,
        description="Open demands and listed supplies, together, from which on the engine finds candidates in memory,"
        " also for runs and simulations; below, each request is answered from the database and every pair is scored",
    )
    delivery_days: int = Field(
        default=180,
        ge=1,
        description="How long deliveries and pushed events are kept, in days, but no less than their pairing lasts",
    )
    delivery_log_days: int = Field(
        default=30, ge=1, description="How long the log of a delivery's attempts is kept after the last one, in days"
    )
    subscriptions_per_owner: int = Field(default=20, ge=1, description="Subscriptions that one owner may have")
    push_secret_overlap_hours: float = Field(
        default=24.0, ge=0, description="How long a webhook secret signs on after it was replaced, in hours"
    )
    push_allowed_networks: list[IPv4Network | IPv6Network] = Field(
        default=[],
        description="Networks beside the Internet to which webhooks may go, also by http, as a JSON list of CIDR",
    )
    push_allowed_ports: list[int] = Field(
        default=[443, 8443],
        description="Ports on the Internet to which webhooks may go, as a JSON list; empty: all",
    )
    push_allowed_network_ports: list[int] = Field(
        default=[],
        description="Ports within the allowed networks to which webhooks may go, as a JSON list; empty: all",
    )
    push_consent: bool = Field(
        default=True, description="Send events only to endpoints that have answered the challenge of a ping"
    )
    push_timeout_seconds: float = Field(
        default=10.0, gt=0, description="Longest wait for a webhook's answer, in seconds"
    )
    push_retry_seconds: list[float] = Field(
        default=[0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
        min_length=1,
        description="The wait before each attempt of a delivery, in seconds, as a JSON list; after the last it is dead",
    )
    push_lease_margin_seconds: float = Field(
        default=20.0, gt=0, description="How long beyond the time limit a worker holds an endpoint, in seconds"
    )
    push_concurrency: int = Field(default=64, ge=1, description="Endpoints that one worker serves at once")
    push_poll_seconds: float = Field(
        default=0.5, gt=0, description="Pause between two looks for deliveries, in seconds"
    )
    push_disable_hours: float = Field(
        default=120.0, gt=0, description="After so many hours of failures alone a subscription is disabled"
    )
    push_breaker_failures: int = Field(default=5, ge=1, description="Failures in a row after which an endpoint rests")
    push_breaker_seconds: float = Field(
        default=30.0, gt=0, description="An endpoint's first rest, in seconds; each further failure doubles it"
    )
    push_breaker_most_seconds: float = Field(
        default=1_800.0, gt=0, description="An endpoint's longest rest, in seconds"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^\s?#]+$",
        description="Base URL under which people reach the platform; the links in messages begin with it",
    )
    smtp_host: str = Field(default="", description="The server that takes e-mail; without one none is sent")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to it is secured: `starttls`, `tls` from the start, or `none`"
    )
    smtp_user: str = Field(default="", description="The user to sign in there as; without one nobody signs in")
    smtp_password_file: Path | None = Field(default=None, description="A file that holds the password of that user")
    mail_from: str = Field(
        default="", description="The sender of every e-mail, such as `乡桥 <notice@example.org>`; needed with a server"
    )
    digest_recipients_per_owner: int = Field(
        default=20, ge=1, description="Receivers of digests that one organization or office may have"
    )
    digest_days: int = Field(
        default=180, ge=30, description="How long it is kept which digest was sent and when, in days"
    )
    answer_link_hours: float = Field(
        default=72.0,
        gt=0,
        le=720,
        description="How long an answer link may be used, in hours, if it is not used before",
    )
    answer_link_days: int = Field(
        default=180, ge=1, description="How long it is kept that there was an answer link, after its end, in days"
    )

    @model_validator(mode="after")
    def check_sender(self) -> Self:
        """Refuse a mail server without a sender."""
        if self.smtp_host and "@" not in self.mail_from:
            raise ValueError("MATCHING_MAIL_FROM is needed with MATCHING_SMTP_HOST")
        return self

    @property
    def sends_mail(self) -> bool:
        """Tell whether e-mail can be sent."""
        return bool(self.smtp_host)
