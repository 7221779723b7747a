"""The story told once for all tests that look at what it left, and the order of the tests that share the platform."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.demo.story import Stage, tell_story
from tests.platform import Platform, free_ports


@dataclass
class Told:
    """The platform after the story, its report, and what was shown of it."""

    platform: Platform
    stage: Stage
    report: dict[str, Any]
    shown: list[list[Any]] = field(default_factory=list)


@pytest.fixture(scope="session")
async def told(platform: Platform) -> Told:
    (port,) = free_ports(1)
    stage = Stage(
        urls=platform.urls,
        administrator_secret=platform.secrets["security-administrator"],
        folder=platform.folder,
        listen_host="127.0.0.1",
        listen_port=port,
        subscriber_url=f"http://127.0.0.1:{port}",
    )
    shown: list[list[Any]] = []
    report = await tell_story(stage, lambda *_progress: None, lambda *found: shown.extend(found))
    return Told(platform, stage, report, shown)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the generated requests last: they fill the libraries with anything, and the story counts what is there."""
    items.sort(key=lambda item: item.path.name == "test_api_by_schemathesis.py")
