"""Who is left to the reader: two officers of one county, and a partner application that the county has granted."""

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.actors import NATION, Actor, Cast
from shared import clock

COUNTY, COUNTY_NAME = "513223000000", "茂县农业农村局"
PARTNER = "partner-demo"
SCOPES = ["demands.read", "candidates.read", "pairings.read", "subscriptions.manage"]
GRANT_DAYS = 180


async def play_nation(cast: Cast, *, reviews: bool = False) -> Actor:
    """Return the rural department that imports, or reviews, the demands of many counties."""
    if reviews:
        return await cast.play("rural-nation-b", "rural_officer", "农业农村部门 审核", division=NATION)
    return await cast.play("rural-nation", "rural_officer", "农业农村部门 经办", division=NATION)


async def open_offices(cast: Cast) -> None:
    """Make the reader's clients, and the grant of the county to the application unless one is in force."""
    clerk = await cast.play("rural-a", "rural_officer", f"{COUNTY_NAME} 填报", division=COUNTY)
    await cast.play("rural-b", "rural_officer", f"{COUNTY_NAME} 审核", division=COUNTY)
    await cast.play(PARTNER, "partner_application", "演示合作应用")
    now = clock.now()
    grants = [one for one in await clerk.list("/registry/v1/grants") if is_in_force(one, now)]
    if grants:
        grant = grants[0]
    else:
        ends_at = (now + timedelta(days=GRANT_DAYS)).isoformat()
        body = {
            "client_id": PARTNER,
            "scopes": SCOPES,
            "ends_at": ends_at,
            "purpose": "演示:合作应用查看本县需求和对接",
        }
        grant = await clerk.post("/registry/v1/grants", body)
    # The application finds it itself, too: GET /registry/v1/grants with its own token.
    cast.note(f"{PARTNER} grant_id", grant["id"])


def is_in_force(grant: dict[str, Any], now: datetime) -> bool:
    """Tell whether the application can act under a grant for some time yet."""
    ends_at = datetime.fromisoformat(grant["ends_at"])
    return grant["client_id"] == PARTNER and not grant.get("revoked_at") and ends_at > now + timedelta(days=1)
