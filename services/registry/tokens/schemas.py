"""The token answer of OAuth 2.0 and the key document."""

from typing import Any

from pydantic import BaseModel, Field


class TokenAnswer(BaseModel):
    """An access token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds")


class KeyDocument(BaseModel):
    """Public keys as JWKS (RFC 7517)."""

    keys: list[dict[str, Any]]
