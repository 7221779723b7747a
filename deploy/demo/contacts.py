"""The contacts of the story, all made up: set by their owners, and read by both sides of a pairing in talks."""

import itertools
from typing import Any

from deploy.demo.actors import PROVINCE, Cast
from deploy.demo.libraries import Progress, for_each
from deploy.demo.sample import Sample

MOST_READ = 10
PAIRINGS = "/matching/v1/pairings"
MARK = "化名演示"
"""Every person of the demo is called so, and every e-mail address is of a domain that is nobody's (RFC 2606)."""
_numbers = itertools.count(1)


def make_contact(kind: str) -> dict[str, str]:
    """Return the next fictitious contact of a side."""
    number = next(_numbers)
    return {
        "person": f"{MARK}{kind}联系人{number:03}",
        "phone": f"1990000{number:04}",
        "email": f"fictitious-{number:03}@example.org",
    }


async def set_contacts(cast: Cast, sample: Sample, tell: Progress) -> None:
    """Let the county offices set the contacts of the sample's demands, and the organizations theirs."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    demands = [
        one for status in ("published", "partly_covered", "covered")
        for one in await officer.list("/projects/v1/demands", status=status)
        if one["id"] in sample.demands
    ]  # fmt: skip
    supplies = [
        one for one in await officer.list("/projects/v1/supplies", status="listed") if one["id"] in sample.supplies
    ]
    organizations = sorted({one["organization_id"] for one in supplies})

    async def of_demand(demand: dict[str, Any]) -> None:
        county = await cast.county(demand["division"])
        await county.put(f"/projects/v1/demands/{demand['id']}/contact", make_contact("需求"))

    async def of_organization(organization_id: str) -> None:
        itself = await cast.organization(organization_id)
        await itself.put(f"/registry/v1/organizations/{organization_id}/contact", make_contact("机构"))

    await for_each(demands, of_demand, "需求联系方式 contacts of demands", tell)
    await for_each(organizations, of_organization, "机构联系方式 contacts of organizations", tell)


async def read_contacts(cast: Cast, sample: Sample, tell: Progress) -> int:
    """Let both sides of some pairings in talks or later read the contacts, and return how many were shown."""
    watcher = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    pairings = [
        one for one in await watcher.list(PAIRINGS)
        if sample.holds(one) and (one["phase"] == "in_talks" or one["status"] in {"confirmed", "referred"})
    ][:MOST_READ]  # fmt: skip
    shown = 0

    async def read(pairing: dict[str, Any]) -> None:
        nonlocal shown
        for side in (
            await cast.county(pairing["demand_division"]),
            await cast.organization(pairing["organization_id"]),
        ):
            found = await side.get(f"{PAIRINGS}/{pairing['id']}/contacts")
            shown += sum(bool(found.get(name)) for name in ("demand", "supply"))

    await for_each(pairings, read, "洽谈双方查看联系方式 contacts shown", tell)
    return shown
