"""Documents of policies that may be drafted, and the steps by which they come into force."""

from typing import Any

from pydantic import TypeAdapter

from services.matching.scoring.policy import Policy, load_policy
from shared.testing import Caller

DRAFTS = "/matching/v1/policies/drafts"


def make_document(**changes: Any) -> dict[str, Any]:
    """Return the shipped policy as a version of 2099, with changes."""
    document: dict[str, Any] = TypeAdapter(Policy).dump_python(load_policy(), mode="json", by_alias=True)
    return {**document, "version": "2099-01", "valid_from": "2099-01-01", **changes}


def change_gate(code: str, **changes: Any) -> dict[str, Any]:
    """Return the shipped gates with changes to one of them."""
    gates: dict[str, Any] = make_document()["gates"]
    return {**gates, code: {**gates[code], **changes}}


async def draft(by: Caller, **changes: Any) -> str:
    answer = await by.post(DRAFTS, json={"document": make_document(**changes)})
    assert (answer.status_code, answer.json().get("status")) == (201, "draft"), answer.text
    return str(answer.json()["id"])


async def review(by: Caller, draft_id: str, decision: str = "approve", **more: Any) -> Any:
    etag = (await by.get(f"{DRAFTS}/{draft_id}")).headers["etag"]
    body = {"decision": decision, **more}
    return await by.post(f"{DRAFTS}/{draft_id}/review", json=body, headers={"If-Match": etag})
