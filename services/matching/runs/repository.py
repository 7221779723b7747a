"""All SQL about runs."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.matching.runs.errors import RunNotFound, RunUnderway
from services.matching.runs.models import Run
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

    async def list(self, *, page: PageRequest) -> Slice[Run]:
        """Return a page of runs, the newest first."""
        return await read_page(self._session, select(Run), order=[Sort(column=Run.id, descending=True)], page=page)
