"""What one can do with policies: read the one in force, and store the versions that ship with the service."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.matching.policies.errors import NoPolicyInForce
from services.matching.policies.models import PolicyVersion
from services.matching.policies.repository import PolicyRepository
from services.matching.scoring.policy import Policy, load_policy
from services.matching.scoring.reasons import Gates
from shared.db import Session
from shared.paging import PageRequest, Slice


async def read_current_policy(session: Session, *, today: date) -> PolicyVersion:
    """
    Return the policy version in force on the legal day.

    :raises NoPolicyInForce: if there is none
    """
    await store_shipped_policies(session)
    return await PolicyRepository(session).get_current(today)


async def read_gates(session: Session, *, today: date) -> Gates:
    """
    Return the gates of the version in force on the legal day.

    On a day without a version those of the first one hold: nothing is proposed then, yet what runs is still judged.
    """
    try:
        return (await read_current_policy(session, today=today)).read().gates
    except NoPolicyInForce:
        return load_policy().gates


async def read_policy(session: Session, *, policy_id: UUID, pointer: str) -> Policy:
    """
    Return a version or a draft as the scorer takes it.

    :raises PolicyNotFound: if there is neither
    """
    return (await PolicyRepository(session).get_document(policy_id, pointer=pointer)).read()


async def list_policies(session: Session, *, page: PageRequest) -> Slice[PolicyVersion]:
    """Return a page of policy versions."""
    await store_shipped_policies(session)
    return await PolicyRepository(session).list(page=page)


async def store_shipped_policies(session: Session) -> None:
    """Store the versions that ship with the service and are not there yet; what is there never changes."""
    known = await PolicyRepository(session).list_names()
    if missing := [one for one in _shipped() if one["version"] not in known]:
        await PolicyRepository(session).add_missing(missing)


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    folder = files("services.matching.scoring").joinpath("policies")
    names = sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))
    policies = [load_policy(name) for name in names]
    dump = TypeAdapter(Policy).dump_python
    return tuple(
        {
            "version": policy.version,
            "valid_from": policy.valid_from,
            "last_valid_on": policy.last_valid_on,
            "document": dump(policy, mode="json", by_alias=True),
        }
        for policy in policies
    )
