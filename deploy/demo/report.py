"""What the story came to, counted through the public API, so that a second start counts the same."""

from typing import Any

from deploy.demo.actors import NATION, PROVINCE, Cast

PROPOSED_ORIGIN = "recommended"
PUBLISHED = ("published", "partly_covered", "covered")


async def count_everything(cast: Cast) -> dict[str, Any]:
    """Return the figures of the libraries and of the pairings."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    rural = await cast.play("rural-a", "rural_officer", "农业农村部门 经办", division=NATION)
    pairings = await officer.list("/matching/v1/pairings")
    runs = await officer.list("/matching/v1/runs")
    first = min((run for run in runs if run["counts"]), key=lambda run: run["created_at"])["counts"]
    commitments = await officer.list("/projects/v1/commitments")

    async def total(path: str, **filters: Any) -> int:
        page = await rural.get(path, limit=1, with_total=True, **filters)
        return int(page["total"])

    published = [
        await total("/projects/v1/demands", status=status) for status in ("published", "partly_covered", "covered")
    ]
    return {
        "organizations": (await officer.get("/registry/v1/organizations", limit=1, with_total=True))["total"],
        "supplies": (await officer.get("/projects/v1/supplies", limit=1, with_total=True))["total"],
        "demands": await total("/projects/v1/demands"),
        "published": sum(published),
        "excluded_pairs": first["excluded_pairs"],
        "held_pairs": first["held_pairs"],
        "proposed": sum(pairing["origin"] == PROPOSED_ORIGIN for pairing in pairings),
        "declined": sum(pairing["status"] == "declined" for pairing in pairings),
        "next_best": sum(pairing.get("previous_pairing_id") is not None for pairing in pairings),
        "confirmed": sum(pairing["status"] == "confirmed" for pairing in pairings),
        "lost_race": sum(pairing["status"] == "lost_race" for pairing in pairings),
        "commitments": sum(commitment["status"] == "active" for commitment in commitments),
    }
