"""The story told once for all tests that look at what it left, and the order of the tests that share the platform."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.demo.actors import Cast, Refused
from deploy.demo.story import Stage, hire_subscriber, tell_story
from tests.platform import Platform, free_ports

ORGANIZATION = {"name": "演示之外的互助会", "type": "community_organization", "level": "community",
                "is_legal_person": False, "registered_division": "513221000000", "charter_scope": "养蜂"}  # fmt: skip
SUPPLY = {"title": "自己填的供给", "description": "演示之外的人填的,不归演示管。", "capacity_total": 2,
          "fields": ["agritech"], "help_forms": ["expertise"], "beneficiary_groups": ["farmers"],
          "assist_mode": "development", "service_regions": ["51"], "starts_on": "2027-01-01",
          "ends_on": "2027-12-31"}  # fmt: skip


async def draft_supply(cast: Cast) -> tuple[str, str]:
    """Let an organization that is not of the sample draft a supply, as soon as projects knows it."""
    civil = await cast.play("person", "civil_affairs_officer", "民政", division="510000000000")
    made = await civil.post("/registry/v1/organizations", ORGANIZATION)
    await civil.change(f"/registry/v1/organizations/{made['id']}", "activate")
    organization = await cast.organization(made["id"])
    for _ in range(100):
        try:
            return made["id"], (await organization.post("/projects/v1/supplies", SUPPLY))["id"]
        except Refused:
            await asyncio.sleep(0.2)
    raise AssertionError("projects has not read the organization")


@dataclass
class Told:
    """The platform after the story, its report, and what was shown of it."""

    platform: Platform
    stage: Stage
    port: int
    report: dict[str, Any]
    stranger: str
    draft: str
    shown: list[list[Any]] = field(default_factory=list)


@pytest.fixture(scope="session")
async def told(platform: Platform) -> Told:
    (port,) = free_ports(1)
    stage = Stage(
        urls=platform.urls,
        secrets=platform.secrets,
        folder=platform.folder,
        subscriber_url=f"http://127.0.0.1:{port}",
    )
    shown: list[list[Any]] = []
    cast = Cast(platform.urls, platform.secrets, platform.folder / "person.json")
    stranger, draft = await draft_supply(cast)
    await cast.close()
    async with hire_subscriber(platform.folder, host="127.0.0.1", port=port) as subscriber:
        report = await tell_story(stage, subscriber, lambda *_progress: None, lambda *found: shown.extend(found))
    return Told(platform, stage, port, report, stranger, draft, shown)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the generated requests last: they fill the libraries with anything, and the story counts what is there."""
    items.sort(key=lambda item: item.path.name == "test_api_by_schemathesis.py")
