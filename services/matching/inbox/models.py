"""The questions that wait for somebody, what to do about each, and whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.matching.pairings.models import Pairing
from services.matching.subscriptions.models import owner_of
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.errors import Text

EXPIRING_WORKING_DAYS = 3
"""A question whose last day is no more working days away is expiring (即将到期)."""
RATING_DAYS = 60
"""How long after the completion the inbox asks for a rating; it may be given later too."""


class Question(StrEnum):
    """What waits for an answer (待办事项)."""

    ANSWER = "answer"
    AGREE = "agree"
    RELEASE = "release"
    REPORT_START = "report_start"
    REPORT_COMPLETION = "report_completion"
    RATE = "rate"


class Task(NamedTuple):
    """A question in a word, what to do about it, and the operation that does it."""

    label: Text
    to_do: Text
    operation: str


TASKS: Mapping[Question, Task] = {
    Question.ANSWER: Task(
        Text("待答复", "to answer"),
        Text("表示意向(interested)或谢绝(declined,写明原因代码)。", "Show interest, or decline with a coded reason."),
        "POST /matching/v1/pairings/{pairing_id}/answers",
    ),
    Question.AGREE: Task(
        Text("洽谈后待同意", "to agree after the talks"),
        Text(
            "洽谈后同意(agreed)或谢绝(declined,写明原因代码)。",
            "After the talks agree, or decline with a coded reason.",
        ),
        "POST /matching/v1/pairings/{pairing_id}/answers",
    ),
    Question.RELEASE: Task(
        Text("暂缓待核实", "on hold, to check"),
        Text(
            "核实暂缓原因后解除暂缓或不予放行;发起人须请另一位经办人办理。",
            "Check the reasons of the hold, then lift it or refuse it; who proposed it leaves that to another officer.",
        ),
        "POST /matching/v1/pairings/{pairing_id}/release-hold",
    ),
    Question.REPORT_START: Task(
        Text("待报告开始实施", "to report as started"),
        Text("开始实施后报告(任一方报告即可)。", "Report once the work begins; one side's report is enough."),
        "POST /matching/v1/pairings/{pairing_id}/start",
    ),
    Question.REPORT_COMPLETION: Task(
        Text("待报告完成", "to report as completed"),
        Text("完成后报告(任一方报告即可)。", "Report once the work is done; one side's report is enough."),
        "POST /matching/v1/pairings/{pairing_id}/complete",
    ),
    Question.RATE: Task(
        Text("待评单", "to rate"),
        Text("为已完成的对接评单(一至五星)。", "Rate the completed pairing with one to five stars."),
        "POST /matching/v1/pairings/{pairing_id}/ratings",
    ),
}


@dataclass(frozen=True)
class OpenQuestion:
    """A pairing and what is asked about it; ``until`` is the last legal day to answer, if there is one."""

    question: Question
    pairing: Pairing
    until: date | None
    is_expiring: bool


class Owned:
    """A row of an organization or of an office, for which it keeps in mind whose inbox that is."""

    owner: Mapped[str] = mapped_column(index=True)
    owner_role: Mapped[Role]
    organization_id: Mapped[UUID | None]
    division: Mapped[str | None]
    created_by: Mapped[str]

    @property
    def reader(self) -> Principal:
        """Return the owner as the caller whose inbox is read for it, without a request of its own."""
        return Principal(
            subject=self.owner, role=self.owner_role, division=self.division, organization_id=self.organization_id
        )


def owned_by(principal: Principal) -> dict[str, Any]:
    """
    Return the columns that make a row a caller's.

    :raises OutOfScope: if the token does not say which organization or office it is
    """
    return {
        "owner": owner_of(principal).key,
        "owner_role": principal.role,
        "organization_id": principal.organization_id,
        "division": principal.division,
        "created_by": principal.signature,
    }
