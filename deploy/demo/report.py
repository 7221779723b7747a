"""What the story came to, counted through the public API: the sample's own, so that a second start counts the same."""

from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast
from deploy.demo.offices import play_nation
from deploy.demo.sample import Sample, is_own

PROPOSED_ORIGIN = "recommended"
AGREED = ("confirmed", "started", "completed")
HELD = ("active", "fulfilled")
PUBLISHED = ("published", "partly_covered", "covered")


async def count_everything(cast: Cast, sample: Sample) -> dict[str, Any]:
    """
    Return the figures of the libraries and of the pairings, of the sample's entries alone.

    The pairs that the first run excluded or held are those of all that the libraries held then.
    """
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    rural = await play_nation(cast)
    pairings = [one for one in await officer.list("/matching/v1/pairings") if sample.holds(one)]
    runs = await officer.list("/matching/v1/runs")
    first = min((run for run in runs if run["counts"]), key=lambda run: run["created_at"])["counts"]
    commitments = [one for one in await officer.list("/projects/v1/commitments") if sample.holds(one)]
    organizations = [one for one in await officer.list("/registry/v1/organizations") if is_own("organizations", one)]
    demands = [one for one in await rural.list("/projects/v1/demands") if is_own("demands", one)]
    return {
        "organizations": len(organizations),
        "supplies": len(sample.supplies),
        "demands": len(demands),
        "published": sum(demand["status"] in PUBLISHED for demand in demands),
        "excluded_pairs": first["excluded_pairs"],
        "held_pairs": first["held_pairs"],
        "proposed": sum(pairing["origin"] == PROPOSED_ORIGIN for pairing in pairings),
        "declined": sum(pairing["status"] == "declined" for pairing in pairings),
        "next_best": sum(pairing.get("previous_pairing_id") is not None for pairing in pairings),
        "confirmed": sum(pairing["status"] in AGREED for pairing in pairings),
        "lost_race": sum(pairing["status"] == "lost_race" for pairing in pairings),
        "commitments": sum(commitment["status"] in HELD for commitment in commitments),
        "started": len([one for one in pairings if await _has_started(officer, one)]),
        "completed": sum(pairing["status"] == "completed" for pairing in pairings),
        "fell_through": sum(pairing["status"] == "fell_through" for pairing in pairings),
    }


async def _has_started(officer: Actor, pairing: dict[str, Any]) -> bool:
    """Tell whether the work of a pairing began, whatever became of it."""
    if pairing["status"] != "fell_through":
        return pairing["status"] in AGREED[1:]
    history = (await officer.get(f"/matching/v1/pairings/{pairing['id']}"))["history"]
    return any(event["happened"] == "started" for event in history)
