"""The inbox as its owner sees it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.candidates.schemas.candidates import Told
from services.matching.inbox.models import TASKS, OpenQuestion, Question
from services.matching.subscriptions.models import Subscription
from shared.contracts.codes import PairingOrigin, PairingPhase, PairingStatus
from shared.contracts.matching import DisabledReason

_ENABLE = Told(
    zh="修复接收端后重新启用,再重新推送停用期间的事件;不再需要的请删除。",
    en="Mend the receiver, enable it again, and redeliver what it missed; delete what you no longer need.",
)


class InboxFilter(BaseModel):
    """Which questions are wanted."""

    question: Question | None = None
    expiring: bool = False
    dated: bool = False


class QuestionRead(BaseModel):
    """An open question (待办): which pairing, what to do, until when."""

    question: Question
    label: Told = Field(description="待办事项")
    to_do: Told = Field(description="怎么办: what to do")
    operation: str = Field(description="The request that does it")
    until: date | None = Field(default=None, description="最后一日: the last legal day, inclusive, in Asia/Shanghai")
    answer_by: datetime | None = Field(default=None, description="The instant at which that day ends")
    is_expiring: bool = Field(description="即将到期: no more than three working days are left")
    pairing_id: UUID
    status: PairingStatus
    phase: PairingPhase
    origin: PairingOrigin
    demand_id: UUID
    demand_title: str
    demand_division: str
    supply_id: UUID
    supply_title: str
    organization_id: UUID
    organization_name: str
    hold_codes: list[str] = Field(description="Why it is on hold, or was before its release")


class InboxCounts(BaseModel):
    """How many questions of each kind are open, whatever the filters of the list; ``expiring`` are among them."""

    total: int = 0
    expiring: int = Field(default=0, description="即将到期")
    answer: int = Field(default=0, description="待答复")
    agree: int = Field(default=0, description="洽谈后待同意")
    release: int = Field(default=0, description="暂缓待核实")
    report_start: int = Field(default=0, description="待报告开始实施")
    report_completion: int = Field(default=0, description="待报告完成")
    rate: int = Field(default=0, description="待评单")


class StoppedEndpoint(BaseModel):
    """An endpoint of yours that is sent nothing any more (推送已停用), and how it is enabled again."""

    subscription_id: UUID
    endpoint: str
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    to_do: Told = Field(description="怎么办: what to do")
    operation: str = Field(description="The request that does it")

    @classmethod
    def of(cls, subscription: Subscription) -> "StoppedEndpoint":
        """Return what its owner has to know of a disabled subscription."""
        return cls(
            subscription_id=subscription.id,
            endpoint=subscription.endpoint,
            disabled_at=subscription.disabled_at,
            disabled_reason=subscription.disabled_reason,
            to_do=_ENABLE,
            operation=f"POST /matching/v1/subscriptions/{subscription.id}/enable",
        )


class Inbox(BaseModel):
    """A page of the inbox (待办), what is due first at its head."""

    counts: InboxCounts
    stopped_endpoints: list[StoppedEndpoint] = Field(description="推送已停用的接收地址: on the first page")
    items: list[QuestionRead]
    next_cursor: str | None = Field(default=None, description="Ask with this for the next page; absent on the last")


def show_question(found: OpenQuestion) -> QuestionRead:
    """Return an open question as its owner sees it."""
    pairing, task = found.pairing, TASKS[found.question]
    return QuestionRead(
        question=found.question,
        label=Told(zh=task.label.zh, en=task.label.en),
        to_do=Told(zh=task.to_do.zh, en=task.to_do.en),
        operation=task.operation.format(pairing_id=pairing.id),
        until=found.until,
        answer_by=pairing.answer_by,
        is_expiring=found.is_expiring,
        pairing_id=pairing.id,
        hold_codes=[str(one["code"]) for one in pairing.hold_reasons],
        **{
            name: getattr(pairing, name)
            for name in (
                "status", "phase", "origin", "demand_id", "demand_title", "demand_division", "supply_id",
                "supply_title", "organization_id", "organization_name",
            )
        },
    )  # fmt: skip
