"""HTTP of tokens and keys, and of what is revoked before it ends."""

import base64
import binascii
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Header, Request, Response

from services.registry.permissions import RevocationReader
from services.registry.tokens import actions
from services.registry.tokens.errors import ClientNotRecognised, GrantNotSupported
from services.registry.tokens.schemas import KeyDocument, TokenAnswer
from shared import clock
from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.contracts.registry import RevocationList
from shared.db import RequestSession, Session

SCOPE = "tokens"
"""The scope of transactions that read what proves a client: who asks for a token is no caller yet."""


def take_scope(request: Request) -> None:
    """Let the request see clients and signing keys, and nothing of the business."""
    request.state.scope = SCOPE


router = APIRouter(prefix="/registry/v1", tags=["tokens 令牌"], dependencies=[Depends(take_scope)])


@router.post("/tokens")
async def issue_token(
    request: Request,
    response: Response,
    session: RequestSession,
    grant_type: Annotated[str, Form(max_length=50, description="`client_credentials`")],
    client_id: Annotated[str | None, Form(max_length=100)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    grant_id: Annotated[UUID | None, Form(description="授权: the grant under which the application acts")] = None,
    authorization: Annotated[str | None, Header(max_length=500, description="Or HTTP Basic")] = None,
) -> TokenAnswer:
    """
    Exchange client credentials, as form fields or HTTP Basic, for an access token (RFC 6749 section 4.4).

    A partner application that names a grant gets a token to act for its grantor, within the scopes of the grant.
    """
    if grant_type != "client_credentials":
        raise GrantNotSupported(pointer="/grant_type")
    if authorization:
        client_id, client_secret = _basic(authorization)
    if not client_id or not client_secret:
        raise ClientNotRecognised
    given = await actions.issue_token(
        session,
        client_id=client_id,
        client_secret=client_secret,
        issuer=request.app.state.common.issuer,
        life=timedelta(seconds=request.app.state.settings.token_seconds),
        sealer=request.app.state.sealer,
        at=clock.now(),
        grant_id=grant_id,
    )
    return await hand_out(session, given, request, response)


async def hand_out(session: Session, given: actions.GivenToken, request: Request, response: Response) -> TokenAnswer:
    """Answer a token, which no cache may keep, and let both logs tell who got it; refusals are recorded as ever."""
    request.state.token_given_to, request.state.token_acts_for = given.given_to, given.acts_for
    await record_act(session, Effect.CREATED, object_type=SCOPE, object_ids=[given.id], fields=given.tells)
    response.headers["Cache-Control"] = "no-store"
    return TokenAnswer(access_token=given.token, expires_in=given.seconds)


def _basic(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ClientNotRecognised from None
    if kind.lower() != "basic" or "\x00" in name:
        raise ClientNotRecognised
    return name, secret


@router.get("/jwks", response_model=KeyDocument)
async def read_keys(request: Request, response: Response, session: RequestSession) -> dict[str, Any]:
    """Read the public keys with which tokens are checked (JWKS)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return await actions.read_keys(session, sealer=request.app.state.sealer, at=clock.now())


@router.get("/revocations")
async def read_revocations(session: RequestSession, _by: RevocationReader) -> RevocationList:
    """Read whose tokens are refused before they end; the services ask every 15 seconds."""
    return await actions.read_revocations(session, at=clock.now())
