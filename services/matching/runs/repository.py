"""All SQL about runs."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from services.matching.pairings.models import Pairing
from services.matching.runs.errors import RunNotFound, RunUnderway
from services.matching.runs.models import Run
from shared.contracts.codes import PairingStatus
from shared.db import Session
from shared.paging import PageRequest, Slice, Sort, read_page


class RunRepository:
    """Runs of one session; only provincial officers come here, who see all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, run: Run) -> Run:
        """
        Store a new run.

        :raises RunUnderway: if another one is not finished
        """
        try:
            async with self._session.begin_nested():
                self._session.add(run)
        except IntegrityError:
            raise RunUnderway from None
        return run

    async def get(self, run_id: UUID, *, for_update: bool = False) -> Run:
        """
        Return a run, locked if it will be changed.

        :raises RunNotFound: if there is none
        """
        query = select(Run).where(Run.id == run_id)
        found = (await self._session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()
        if found is None:
            raise RunNotFound(pointer="path/run_id")
        return found

    async def find_last(self) -> Run | None:
        """Return the newest run that was finished."""
        query = select(Run).where(Run.finished_at.is_not(None), Run.failure.is_(None)).order_by(Run.id.desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def list_pairs(self, run_id: UUID) -> dict[tuple[UUID, UUID], PairingStatus]:
        """Return the demand and supply of every pairing that a run proposed, with its state now."""
        query = select(Pairing.demand_id, Pairing.supply_id, Pairing.status).where(Pairing.run_id == run_id)
        return {(demand, supply): status for demand, supply, status in (await self._session.execute(query)).all()}

    async def count_recommended(self, day: date) -> dict[UUID, int]:
        """Count by organization what the runs of a legal day recommended."""
        query = select(Pairing.organization_id, func.count()).join(Run, Run.id == Pairing.run_id)
        query = query.where(Run.as_of == day).group_by(Pairing.organization_id)
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def list(self, *, page: PageRequest) -> Slice[Run]:
        """Return a page of runs, the newest first."""
        return await read_page(self._session, select(Run), order=[Sort(column=Run.id, descending=True)], page=page)
