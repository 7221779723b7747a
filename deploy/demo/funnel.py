"""The funnel of the whole platform as the province reads it after the story."""

from typing import Any

from deploy.demo.actors import PROVINCE, Cast
from deploy.demo.story import Stage


async def read_funnel(stage: Stage) -> dict[str, Any]:
    """Return how far all pairings came, with their match success rate (对接成功率)."""
    cast = Cast(stage.urls, stage.secrets, stage.folder / "demo-clients.json")
    try:
        officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
        total: dict[str, Any] = (await officer.get("/matching/v1/funnel"))["total"]
    finally:
        await cast.close()
    return total
