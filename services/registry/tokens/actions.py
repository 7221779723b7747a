"""Give out access tokens, and keep the keys that prove them."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey

from services.registry.api_clients.models import ApiClient, ApiClientSecret
from services.registry.api_clients.repository import ApiClientRepository
from services.registry.grants.models import Grant
from services.registry.grants.repository import GrantRepository
from services.registry.tokens.errors import ClientNotActivated, ClientNotRecognised, GrantNotUsable
from services.registry.tokens.models import SigningKey, next_key, signing_key
from services.registry.tokens.repository import SigningKeyRepository
from shared.auth.issuers import ALGORITHM, AUDIENCE
from shared.contracts.codes import Role
from shared.contracts.registry import RevocationList
from shared.db import Session, new_id
from shared.sealing import Sealer

PURPOSE = "signing key"
NO_CLIENT_HASH = "0" * 64
LONGEST_TOKEN = timedelta(days=1)
"""No token lives longer (the most that the settings take), so that an older revocation needs no telling."""


class GivenToken(NamedTuple):
    """
    An access token, its life in seconds, and what is recorded of it: its id (``jti``), who got it, for whom.

    ``tells`` says more of it, as ``name=value``: the role in which it lets in, and by which secret and grant.
    """

    token: str
    seconds: int
    id: str
    given_to: str
    acts_for: str | None = None
    tells: Sequence[str] = ()


async def issue_token(
    session: Session,
    *,
    client_id: str,
    client_secret: str,
    issuer: str,
    life: timedelta,
    sealer: Sealer,
    at: datetime,
    grant_id: UUID | None = None,
) -> GivenToken:
    """
    Exchange a client's credentials for an access token.

    It ends with the client and the secret at the latest. With a grant it is the grantor's, narrowed to the scopes of
    the grant, names the application as the one that acts, and ends with the grant and the grantor's client too.

    :raises ClientNotRecognised: if they do not belong together, or the client or the secret has ended
    :raises ClientNotActivated: if no second person has activated the client or the secret
    :raises GrantNotUsable: if the client may not act under the grant, or not any more
    """
    clients = ApiClientRepository(session)
    client = await clients.find(client_id)
    secret = _matching(client, client_secret, sealer, at)
    if client is None or secret is None or client.has_ended(at=at):
        raise ClientNotRecognised(object_id=client.id if client else None)
    if client.is_pending or secret.is_pending:
        raise ClientNotActivated(object_id=client.id)
    await clients.note_use(secret, at=at)
    grant, speaks_as = None, client
    if grant_id is not None:
        grant, speaks_as = await _find_grant(session, grant_id, client, at)
    ends = (at + life, client.expires_at, secret.expires_at, speaks_as.expires_at, grant.ends_at if grant else None)
    ends_at = min(end for end in ends if end is not None)
    claims = {
        "sub": speaks_as.client_id,
        "role": speaks_as.role.value,
        "division": speaks_as.division,
        "organization_id": str(speaks_as.organization_id) if speaks_as.organization_id else None,
        "secret_id": str(secret.id),
        **(_claims_of(grant) if grant else {}),
    }
    token, token_id = await sign_token(session, claims=claims, issuer=issuer, ends_at=ends_at, sealer=sealer, at=at)
    seconds, acts_for = int((ends_at - at).total_seconds()), speaks_as.client_id if grant else None
    tells = [f"{name}={claims[name]}" for name in ("grant_id", "role", "secret_id") if name in claims]
    return GivenToken(token, seconds, token_id, client.client_id, acts_for, tells)


async def sign_token(
    session: Session, *, claims: dict[str, Any], issuer: str, ends_at: datetime, sealer: Sealer, at: datetime
) -> tuple[str, str]:
    """Return a token with these claims and those that every token has, signed by the key that signs now, and its id."""
    key = await ensure_signing_keys(session, sealer=sealer, at=at)
    private = OKPKey.import_key(json.loads(sealer.open(key.sealed_private_jwk, purpose=PURPOSE)))
    given_at, token_id = int(at.timestamp()), str(new_id())
    body = {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": given_at,
        "nbf": given_at,
        "exp": int(ends_at.timestamp()),
        "jti": token_id,
        **{name: value for name, value in claims.items() if value is not None},
    }
    head = {"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(head, body, private, algorithms=[ALGORITHM]), token_id


async def ensure_signing_keys(session: Session, *, sealer: Sealer, at: datetime) -> SigningKey:
    """Return the key that signs now, and make it and the next one if they are missing."""
    keys = SigningKeyRepository(session)
    live = await keys.list_public(at=at)
    current = signing_key(live, at=at)
    if current is not None and next_key(live) is not None:
        return current
    await keys.lock()
    live = await keys.list_public(at=at)
    current = signing_key(live, at=at) or await keys.add(_generate(sealer, at, signs_from=at))
    if next_key(live) is None:
        await keys.add(_generate(sealer, at))
    return current


async def read_keys(session: Session, *, sealer: Sealer, at: datetime) -> dict[str, Any]:
    """Return the public keys as JWKS."""
    await ensure_signing_keys(session, sealer=sealer, at=at)
    return {"keys": [key.public_jwk for key in await SigningKeyRepository(session).list_public(at=at)]}


async def rotate_signing_keys(
    session: Session, *, sealer: Sealer, longest_token: timedelta, at: datetime, older_than: timedelta = timedelta()
) -> SigningKey | None:
    """
    Let the next key take over if the present one has signed for some time, and publish one after it.

    Keys whose tokens have all ended are deleted. Return the key that takes over, if one does.
    """
    keys = SigningKeyRepository(session)
    await keys.lock()
    await keys.forget(published_until=at)
    await ensure_signing_keys(session, sealer=sealer, at=at)
    live = await keys.list_public(at=at)
    successor = next_key(live)
    newest = max(key.signs_from for key in live if key.signs_from is not None)
    if successor is None or newest + older_than > at:
        return None
    begins_at = successor.take_over(at=at)
    for key in live:
        if key is not successor:
            key.retire(at=begins_at, longest_token=longest_token)
    await session.flush()
    await keys.add(_generate(sealer, at))
    return successor


async def replace_signing_keys(session: Session, *, sealer: Sealer, at: datetime) -> SigningKey:
    """Throw all keys away, for they have leaked, and return the new one that signs: every token ends."""
    keys = SigningKeyRepository(session)
    await keys.lock()
    await keys.forget_all()
    return await ensure_signing_keys(session, sealer=sealer, at=at)


async def read_revocations(session: Session, *, at: datetime) -> RevocationList:
    """Return whose tokens are refused although they may not have ended."""
    clients, since = ApiClientRepository(session), at - LONGEST_TOKEN - timedelta(hours=1)
    return RevocationList(
        clients=[*await clients.list_disabled_since(since)],
        secrets=[*await clients.list_revoked_since(since)],
        grants=[*await GrantRepository(session).list_ended_early(at=at)],
    )


async def _find_grant(session: Session, grant_id: UUID, client: ApiClient, at: datetime) -> tuple[Grant, ApiClient]:
    """Return a grant under which an application may act now, and the client that made it."""
    grant = await GrantRepository(session).find_held(grant_id, application=client.client_id)
    if grant is None or client.role is not Role.PARTNER_APPLICATION or not grant.is_live(at=at):
        raise GrantNotUsable(pointer="/grant_id")
    grantor = await ApiClientRepository(session).find(grant.granted_by)
    if grantor is None or not grantor.is_live(at=at) or not grant.stands_for(grantor):
        raise GrantNotUsable(pointer="/grant_id")
    return grant, grantor


def _claims_of(grant: Grant) -> dict[str, Any]:
    """Return what a token says of its grant (RFC 8693 sections 4.1 and 4.2)."""
    return {
        "act": {"sub": grant.application},
        "scope": " ".join(grant.scopes),
        "grant_id": str(grant.id),
        "grant_ends": int(grant.ends_at.timestamp()),
    }


def _matching(client: ApiClient | None, given: str, sealer: Sealer, at: datetime) -> ApiClientSecret | None:
    """Return the standing secret that was given; a client that is not there costs as much time as one that is."""
    standing = client.standing_secrets(at=at) if client else []
    if not standing:
        sealer.matches(given, NO_CLIENT_HASH)
    return next((one for one in standing if sealer.matches(given, one.secret_hash)), None)


def _generate(sealer: Sealer, at: datetime, *, signs_from: datetime | None = None) -> SigningKey:
    pair = OKPKey.generate_key("Ed25519", {"kid": str(new_id()), "use": "sig", "alg": ALGORITHM})
    return SigningKey(
        kid=str(pair.kid),
        public_jwk=pair.as_dict(private=False),
        sealed_private_jwk=sealer.seal(json.dumps(pair.as_dict(private=True)).encode(), purpose=PURPOSE),
        created_at=at,
        signs_from=signs_from,
    )
