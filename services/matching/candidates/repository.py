"""All SQL about stored sentence vectors, and about the market as it is kept in memory."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, and_, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.matching.candidates.models import CorpusTerms, TextVector, hash_text
from services.matching.profiles.models import (
    LISTED_SUPPLIES,
    OPEN_DEMANDS,
    DemandProfile,
    DivisionProfile,
    OrganizationProfile,
    ProfileChange,
    SupplyProfile,
)
from shared import clock
from shared.db import Session

ROWS = 500


class VectorRepository:
    """Vectors of one session; they are derived data without a scope."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, texts: Iterable[str], *, weights_hash: str) -> dict[str, bytes]:
        """Return the stored vectors of texts."""
        names = {hash_text(text): text for text in texts}
        query = select(TextVector.text_hash, TextVector.vector).where(
            TextVector.text_hash.in_(names), TextVector.weights_hash == weights_hash
        )
        return {names[name]: vector for name, vector in (await self._session.execute(query)).all()}

    async def add(self, vectors: Mapping[str, bytes], *, weights_hash: str) -> None:
        """Store the vectors of texts; another process may have been faster."""
        rows = [
            {"text_hash": hash_text(text), "weights_hash": weights_hash, "vector": one, "created_at": clock.now()}
            for text, one in sorted(vectors.items())
        ]
        for start in range(0, len(rows), ROWS):
            await self._session.execute(insert(TextVector).values(rows[start : start + ROWS]).on_conflict_do_nothing())


class TermsRepository:
    """The terms of the corpus as they were counted last; derived data that the platform alone reads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find_newest_id(self) -> UUID | None:
        """Return the id of the newest count."""
        query = select(CorpusTerms.id).order_by(CorpusTerms.id.desc()).limit(1)
        found: UUID | None = (await self._session.execute(query)).scalar_one_or_none()
        return found

    async def find_newest(self) -> CorpusTerms | None:
        """Return the newest count."""
        query = select(CorpusTerms).order_by(CorpusTerms.id.desc()).limit(1)
        found: CorpusTerms | None = (await self._session.execute(query)).scalar_one_or_none()
        return found

    async def lock(self) -> None:
        """Let one replica after another store a count, so that all take the same."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(CorpusTerms.__tablename__))))

    async def replace(self, terms: CorpusTerms) -> None:
        """Store a count in place of all others."""
        await self._session.execute(delete(CorpusTerms))
        self._session.add(terms)
        await self._session.flush()


class MarketRepository:
    """The mirrored market of one session: whole, page by page, and what has changed in it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def read_at_one_moment(self) -> None:
        """Let every statement of the transaction see the same state; this must be its first."""
        await self._session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    async def count(self) -> int:
        """Return how many open demands and listed supplies there are."""
        demands = select(func.count()).select_from(DemandProfile).where(DemandProfile.status.in_(OPEN_DEMANDS))
        supplies = select(func.count()).select_from(SupplyProfile).where(SupplyProfile.status.in_(LISTED_SUPPLIES))
        query = select(demands.scalar_subquery() + supplies.scalar_subquery())
        return int((await self._session.execute(query)).scalar_one())

    async def list_demands_after(self, last: UUID | None, *, limit: int) -> list[DemandProfile]:
        """Return a page of the open demands by id."""
        query = select(DemandProfile).where(DemandProfile.status.in_(OPEN_DEMANDS)).order_by(DemandProfile.id)
        query = query if last is None else query.where(DemandProfile.id > last)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def list_supplies_after(
        self, last: UUID | None, *, limit: int, regions: Sequence[str] | None = None
    ) -> list[tuple[SupplyProfile, OrganizationProfile]]:
        """Return a page of the listed supplies by id, each with its organization; perhaps only of some regions."""
        query = (
            select(SupplyProfile, OrganizationProfile)
            .join(OrganizationProfile, OrganizationProfile.id == SupplyProfile.organization_id)
            .where(SupplyProfile.status.in_(LISTED_SUPPLIES))
            .order_by(SupplyProfile.id)
        )
        if regions is not None:
            named = SupplyProfile.data["service_regions"]
            query = query.where(named.op("?|", is_comparison=True)(literal([*regions], ARRAY(Text()))))
        query = query if last is None else query.where(SupplyProfile.id > last)
        rows = await self._session.execute(query.limit(limit))
        return [(supply, organization) for supply, organization in rows.all()]

    async def read_newest_changes(self) -> dict[str, int]:
        """Return the number of the newest change of each source."""
        query = select(ProfileChange.source, func.max(ProfileChange.seq)).group_by(ProfileChange.source)
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def list_changes(self, seen: Mapping[str, int], *, sources: Sequence[str], limit: int) -> list[ProfileChange]:
        """Return what has changed since the numbers seen, in the order of each source."""
        later = [and_(ProfileChange.source == one, ProfileChange.seq > seen.get(one, 0)) for one in sources]
        query = select(ProfileChange).where(or_(*later)).order_by(ProfileChange.seq).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def list_divisions(self, division_ids: Iterable[UUID]) -> list[DivisionProfile]:
        """Return divisions by their ids."""
        query = select(DivisionProfile).where(DivisionProfile.id.in_(set(division_ids)))
        return list((await self._session.execute(query)).scalars())

    async def list_supplies_of(self, organization_ids: Iterable[UUID]) -> set[UUID]:
        """Return the ids of all supplies of some organizations, in whatever state."""
        query = select(SupplyProfile.id).where(SupplyProfile.organization_id.in_(set(organization_ids)))
        return set((await self._session.execute(query)).scalars())
