"""Give out access tokens and the keys that prove them."""

import json
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from services.registry.api_clients.models import ApiClient
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.tokens.errors import ClientNotRecognised
from services.registry.tokens.models import SigningKey
from services.registry.tokens.repository import SigningKeyRepository
from shared.auth.tokens import ALGORITHM, AUDIENCE
from shared.db import Session, new_id
from shared.sealing import Sealer

PURPOSE = "signing key"
NO_CLIENT_HASH = "0" * 64


async def issue_token(
    session: Session, *, client_id: str, client_secret: str, issuer: str, life: timedelta, sealer: Sealer, at: datetime
) -> str:
    """
    Exchange a client's credentials for an access token.

    :raises ClientNotRecognised: if they do not belong together or the client is disabled
    """
    client = await ApiClientRepository(session).find(client_id)
    known = sealer.matches(client_secret, client.secret_hash if client else NO_CLIENT_HASH)
    if client is None or not known or client.disabled_at:
        raise ClientNotRecognised
    key = await ensure_signing_key(session, sealer=sealer)
    private = OKPKey.import_key(json.loads(sealer.open(key.sealed_private_jwk, purpose=PURPOSE)))
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(header, _claims(client, issuer, life, at), private, algorithms=[ALGORITHM])


async def ensure_signing_key(session: Session, *, sealer: Sealer) -> SigningKey:
    """Return the key that signs now, making the first one if there is none."""
    keys = SigningKeyRepository(session)
    current = await keys.current()
    if current is not None:
        return current
    pair = OKPKey.generate_key("Ed25519", {"kid": str(new_id()), "use": "sig", "alg": ALGORITHM})
    sealed = sealer.seal(json.dumps(pair.as_dict(private=True)).encode(), purpose=PURPOSE)
    key = SigningKey(kid=str(pair.kid), public_jwk=pair.as_dict(private=False), sealed_private_jwk=sealed)
    return await keys.add_first(key)


async def read_keys(session: Session, *, sealer: Sealer) -> dict[str, Any]:
    """Return the public keys as JWKS."""
    await ensure_signing_key(session, sealer=sealer)
    return {"keys": [key.public_jwk for key in await SigningKeyRepository(session).list_public()]}


def _claims(client: ApiClient, issuer: str, life: timedelta, at: datetime) -> dict[str, Any]:
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": client.client_id,
        "iat": int(at.timestamp()),
        "nbf": int(at.timestamp()),
        "exp": int((at + life).timestamp()),
        "jti": str(new_id()),
        "role": client.role.value,
        "division": client.division,
        "organization_id": str(client.organization_id) if client.organization_id else None,
    }
    return {name: value for name, value in claims.items() if value is not None}
