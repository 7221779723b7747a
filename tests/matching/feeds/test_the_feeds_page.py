"""What docs/feeds.md says of the pairing feed: its program keeps an application's copy of its grantor's pairings."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.codes import Role
from shared.db import Database
from shared.feed import client
from shared.feed.reading import bump_epoch
from shared.testing import Call, granted
from tests.matching.pairing_steps import set_scene

PAGE = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text(encoding="utf-8")
FEED = "/matching/v1/pairing-feed"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setitem(sys.modules, "feed_client", client)
    [code] = re.findall(r"^```python mirror\n(.*?)^```", PAGE, re.S | re.M)
    names: dict[str, Any] = {"__name__": "mirror"}
    exec(code, names)  # noqa: S102
    return names


async def test_the_program_of_the_page_keeps_a_copy_of_the_grantor_s_pairings(
    database: Database, call: Call, program: dict[str, Any], tmp_path: Path
) -> None:
    scene = await set_scene(database, call)
    claims = {"organization_id": scene.organization.id, "sub": "foundation"}
    app = call(Role.ORGANIZATION, **claims, grant=granted("pairings.read"))
    copy = program["Copy"](str(tmp_path / "copy.sqlite"))
    reader = client.FeedReader(client.FeedClient(app.get, FEED, filters={"types": ()}), copy)

    async def statuses() -> list[str]:
        while await reader.read_once():
            pass
        rows = copy.database.execute("select data from things order by subject")
        return [json.loads(data)["status"] for (data,) in rows]

    first = await scene.order()
    assert await statuses() == ["open"]
    await scene.agree(first)
    await scene.confirm(first)
    assert await statuses() == ["confirmed"]
    async with database.transaction() as session:
        await bump_epoch(session)
    assert (await scene.report(scene.office, first, "start")).status_code == 200
    assert await statuses() == ["started"]
    copy.database.close()
