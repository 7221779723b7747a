"""Every request of the README is sent, and its answer is as the README says; both languages show the same."""

import re
from pathlib import Path

import pytest

from deploy.demo.actors import Cast, Refused
from tests.e2e.walkthrough import read_exchanges, walk
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
async def test_the_way_of_one_pairing_is_as_the_readme_shows_it(platform: Platform, name: str, tmp_path: Path) -> None:
    exchanges = list(read_exchanges((ROOT / name).read_text(encoding="utf-8")))
    assert len(exchanges) >= 15
    cast = Cast(platform.urls, platform.secrets, tmp_path / f"{name}.json")
    try:
        await walk(cast, exchanges, group=name)
    except Refused as refused:
        pytest.fail(str(refused))
    finally:
        await cast.close()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_says_who_each_caller_is(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z-]+)` \| .*\|$", text, re.M))
    assert {one.actor for one in read_exchanges(text)} <= explained
    headers = next(read_exchanges(text)).headers
    assert set(headers) == {"Authorization", "Content-Type", "Idempotency-Key"}


def test_both_readmes_show_the_same_requests() -> None:
    english, chinese = (
        list(read_exchanges((ROOT / name).read_text(encoding="utf-8"))) for name in ("README.md", "README.zh-CN.md")
    )
    assert [(one.method, one.path, one.status) for one in english] == [
        (one.method, one.path, one.status) for one in chinese
    ]
