"""Ask projects to hold a place of a demand and a unit of a supply for a pairing (占用), and to end that."""

from enum import StrEnum
from uuid import UUID

import httpx

from shared.contracts.codes import CommitmentStatus
from shared.contracts.projects import CommitmentRelease, CommitmentRequest
from shared.http import ServiceClient


class CommitmentAnswer(StrEnum):
    """What projects decided; everything but ``held`` is the slug of its problem document."""

    HELD = "held"
    CAPACITY_EXHAUSTED = "capacity-exhausted"
    NEED_COVERED = "need-covered"
    NOT_OPEN = "not-open"


SETTLED = frozenset({"commitment-fulfilled", "commitment-released"})
"""The problems that tell of a commitment whose demand or supply ended first: nothing is left to settle."""
NOT_NOW = frozenset({401, 403, 404, 429})


class CommitmentUndecided(Exception):
    """Projects did not decide; the same request may be sent again, for its natural key makes a repeat harmless."""


class CommitmentRefused(Exception):
    """Projects found the request itself wrong: a fault for the operators."""


class CommitmentClient:
    """The commitments of projects."""

    def __init__(self, projects: ServiceClient) -> None:
        self._projects = projects

    async def hold(self, *, pairing_id: UUID, demand_id: UUID, supply_id: UUID) -> CommitmentAnswer:
        """
        Ask once for the commitment of a pairing and return the decision.

        :raises CommitmentUndecided: if projects does not answer, does not know the demand or supply yet, or is busy
        :raises CommitmentRefused: if it answers anything else
        """
        body = CommitmentRequest(demand_id=demand_id, supply_id=supply_id).model_dump(mode="json")
        try:
            response = await self._projects.send_once("PUT", f"/v1/commitments/{pairing_id}", json=body)
        except httpx.HTTPError as error:  # also where no token can be had
            raise CommitmentUndecided(type(error).__name__) from None
        if response.is_success:
            # A repeat that comes after a release finds the commitment, and holds nothing.
            released = response.json()["status"] == CommitmentStatus.RELEASED
            return CommitmentAnswer.NOT_OPEN if released else CommitmentAnswer.HELD
        if response.status_code == httpx.codes.CONFLICT:
            return _read_conflict(response)
        raise _read_failure(response)

    async def fulfil(self, *, pairing_id: UUID) -> None:
        """
        Tell once that what a pairing holds is done.

        :raises CommitmentUndecided: if projects does not answer or is busy
        :raises CommitmentRefused: if it answers anything else
        """
        await self._settle(f"/v1/commitments/{pairing_id}/fulfil", None)

    async def release(self, *, pairing_id: UUID, reason: str) -> None:
        """
        Give back once what a pairing holds.

        :raises CommitmentUndecided: if projects does not answer or is busy
        :raises CommitmentRefused: if it answers anything else
        """
        body = CommitmentRelease(reason=reason).model_dump()
        await self._settle(f"/v1/commitments/{pairing_id}/release", body)

    async def _settle(self, path: str, body: dict[str, str] | None) -> None:
        try:
            response = await self._projects.send_once("POST", path, json=body)
        except httpx.HTTPError as error:
            raise CommitmentUndecided(type(error).__name__) from None
        if response.is_success or (response.status_code == httpx.codes.CONFLICT and _read_slug(response) in SETTLED):
            return
        if response.status_code == httpx.codes.CONFLICT:
            raise CommitmentUndecided("409")
        raise _read_failure(response)


def _read_failure(response: httpx.Response) -> Exception:
    if response.status_code in NOT_NOW or response.is_server_error:
        return CommitmentUndecided(str(response.status_code))
    return CommitmentRefused(str(response.status_code))


def _read_slug(response: httpx.Response) -> str:
    try:
        return str(response.json()["type"]).rsplit("/", 1)[-1]
    except (ValueError, KeyError, TypeError):
        return ""


def _read_conflict(response: httpx.Response) -> CommitmentAnswer:
    try:
        return CommitmentAnswer(_read_slug(response))
    except ValueError:
        # Another conflict, such as two writers at one moment, passes by itself.
        raise CommitmentUndecided("409") from None
