"""Begin and execute a batch run as the province and the worker do."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.matching.runs import consumers
from services.matching.runs.models import Run
from tests.matching.market import make_scorer
from tests.matching.pairing_steps import Scene

RUNS = "/matching/v1/runs"


async def execute(scene: Scene, run_id: str | UUID, *, engine_from: int = 2_000) -> None:
    scorer = make_scorer()
    try:
        await consumers.execute_run(scene.database, scorer, {"run_id": str(run_id)}, engine_from=engine_from)
    finally:
        scorer.close()


async def begin(scene: Scene) -> tuple[str, UUID]:
    begun = await scene.province.post(RUNS)
    assert begun.status_code == 202, begun.text
    assert begun.headers["location"] == f"/matching/v1/operations/{begun.json()['id']}"
    async with scene.database.transaction() as session:
        query = select(Run.id).where(Run.operation_id == UUID(begun.json()["id"]))
        return begun.headers["location"], (await session.execute(query)).scalar_one()


async def run(scene: Scene) -> dict[str, Any]:
    operation, run_id = await begin(scene)
    await execute(scene, run_id)
    result: dict[str, Any] = (await scene.province.get(operation)).json()["result"]
    return result
