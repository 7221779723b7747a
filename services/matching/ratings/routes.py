"""HTTP of ratings."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.matching.permissions import PairingRater, PairingReader
from services.matching.ratings import actions
from services.matching.ratings.models import Rating
from services.matching.ratings.schemas import RatingCreate, RatingRead
from shared import clock
from shared.db import RequestSession
from shared.idempotency import IdempotentRoute

router = APIRouter(prefix="/matching/v1", tags=["ratings 评单"], route_class=IdempotentRoute)


@router.post(
    "/pairings/{pairing_id}/ratings",
    response_model=RatingRead,
    responses={201: {"model": RatingRead, "description": "Given now; 200 = your side has given this one before"}},
)
async def rate_pairing(
    pairing_id: UUID, command: RatingCreate, response: Response, session: RequestSession, by: PairingRater
) -> Rating:
    """Rate a completed pairing (评单) for your side, once; both sides and their offices see it."""
    rating, is_new = await actions.rate_pairing(session, pairing_id=pairing_id, command=command, by=by, at=clock.now())
    response.status_code = 201 if is_new else 200
    return rating


@router.get("/pairings/{pairing_id}/ratings", response_model=list[RatingRead])
async def list_ratings(pairing_id: UUID, session: RequestSession, by: PairingReader) -> list[Rating]:
    """List the ratings (评单) of a pairing of your side: none, one or two."""
    return await actions.list_ratings(session, pairing_id=pairing_id, by=by)
