"""Rate a completed pairing as one of its sides, and read what both think of it."""

from datetime import datetime
from uuid import UUID

from services.matching.pairings.models import Side
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.actions import note_track_record
from services.matching.ratings.errors import PairingNotCompleted
from services.matching.ratings.models import Rating
from services.matching.ratings.repository import RatingRepository
from services.matching.ratings.schemas import RatingCreate
from shared.auth.principals import Principal
from shared.contracts.codes import PairingStatus
from shared.db import Session


async def rate_pairing(
    session: Session, *, pairing_id: UUID, command: RatingCreate, by: Principal, at: datetime
) -> tuple[Rating, bool]:
    """
    Record what the caller's side thinks of a completed pairing, once; tell whether it is new.

    :raises PairingNotFound: if the caller may not know of it
    :raises PairingNotCompleted: if it is not completed
    :raises AlreadyRated: if the side gave another rating
    """
    pairing = await PairingRepository(session).get(pairing_id, visible_to=by, for_update=True)
    if pairing.status is not PairingStatus.COMPLETED:
        raise PairingNotCompleted
    ratings, side = RatingRepository(session), Side.of(by)
    if (known := await ratings.find(pairing_id, side)) is not None:
        known.check_same(stars=command.stars, note=command.note)
        return known, False
    rating = Rating(
        pairing_id=pairing_id,
        side=side,
        stars=command.stars,
        note=command.note,
        by_subject=by.signature,
        by_role=by.role,
        at=at,
    )
    if side is Side.DEMAND:
        await note_track_record(session, organization_id=pairing.organization_id)
    return await ratings.add(rating), True


async def list_ratings(session: Session, *, pairing_id: UUID, by: Principal) -> list[Rating]:
    """
    Return the ratings of a pairing of the caller's side.

    :raises PairingNotFound: if the caller may not know of it
    """
    await PairingRepository(session).get(pairing_id, visible_to=by)
    return await RatingRepository(session).list_of(pairing_id)
