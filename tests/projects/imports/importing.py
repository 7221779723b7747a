"""Where imports stand, and what is asked about them."""

from typing import Any

from shared.testing import Caller
from tests.projects.library import ok

IMPORTS = "/projects/v1/imports"


def summary(**counts: int) -> dict[str, int]:
    names = ("accepted", "accepted_with_warning", "rejected", "ignored", "created", "changed", "unchanged")
    return {name: counts.get(name, 0) for name in names}


async def listed(caller: Caller, path: str, **params: Any) -> list[dict[str, Any]]:
    return list(ok(await caller.get(f"/projects/v1/{path}", params={"limit": 200, **params}))["items"])
