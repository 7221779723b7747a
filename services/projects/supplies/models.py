"""A supply with its states as one table of transitions, and its capacity."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.db import Base
from services.projects.supplies.errors import (
    CapacityUsedExceedsTotal,
    SupplyIncomplete,
    SupplyPeriodOver,
    SupplyPeriodReversed,
    SupplyStateForbids,
)
from shared.contracts.codes import AssistMode, SupplyChannel, SupplyCloseReason, SupplyStatus
from shared.contracts.projects import SUPPLY_CHANGED, SupplySnapshot
from shared.db import Identified, Stamped, Versioned
from shared.search import search_vector


class SupplyAction(StrEnum):
    """What can happen to a supply; the last five are done by reviews, commitments and the calendar."""

    EDIT = "edit"
    SUBMIT = "submit"
    LIST = "list"
    DELIST = "delist"
    APPROVE = "approve"
    RETURN = "return"
    FREE = "free"
    FILL = "fill"
    EXPIRE = "expire"


S = SupplyStatus
LISTED_STATES = (S.LISTED, S.FULL)
EXPIRING_STATES = (S.APPROVED, *LISTED_STATES)
# A returned supply is edited in place and submitted again directly: the reviewer's note stays in sight until then.
TRANSITIONS: Mapping[SupplyAction, Mapping[SupplyStatus, SupplyStatus]] = {
    SupplyAction.EDIT: {S.DRAFT: S.DRAFT, S.RETURNED: S.RETURNED},
    SupplyAction.SUBMIT: {S.DRAFT: S.SUBMITTED, S.RETURNED: S.SUBMITTED},
    SupplyAction.APPROVE: {S.SUBMITTED: S.APPROVED},
    SupplyAction.RETURN: {S.SUBMITTED: S.RETURNED},
    SupplyAction.LIST: {S.APPROVED: S.LISTED},
    SupplyAction.FREE: dict.fromkeys(LISTED_STATES, S.LISTED),
    SupplyAction.FILL: dict.fromkeys(LISTED_STATES, S.FULL),
    SupplyAction.DELIST: dict.fromkeys(EXPIRING_STATES, S.CLOSED),
    SupplyAction.EXPIRE: dict.fromkeys(EXPIRING_STATES, S.CLOSED),
}


class Supply(Base, Identified, Versioned, Stamped):
    """An entry of the supply library (供给项目): what one organization offers; amounts in fen."""

    __tablename__ = "supplies"
    __table_args__ = (
        CheckConstraint("capacity_total >= 0 and capacity_used_elsewhere >= 0", name="capacity_not_negative"),
        CheckConstraint("capacity_used_here >= 0", name="used_here_not_negative"),
        CheckConstraint(
            "capacity_used_here = 0 or capacity_used_elsewhere + capacity_used_here <= capacity_total",
            name="capacity_not_exceeded",
        ),
        CheckConstraint("(status = 'closed') = (close_reason is not null)", name="closed_with_reason"),
        Index("uq_supplies_office_source_number", "office", text("upper(source_number)"), unique=True),
        Index("ix_supplies_search", "search", postgresql_using="gin"),
        Index("ix_supplies_fields", "fields", postgresql_using="gin"),
        Index("ix_supplies_ends_on_open", "ends_on", postgresql_where=text("status <> 'closed'")),
    )
    event_type: ClassVar[str] = SUPPLY_CHANGED

    source_number: Mapped[str | None]
    organization_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[SupplyStatus] = mapped_column(default=SupplyStatus.DRAFT, index=True)
    close_reason: Mapped[SupplyCloseReason | None]
    office: Mapped[str | None]
    title: Mapped[str]
    description: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(default=list)
    help_forms: Mapped[list[str]] = mapped_column(default=list)
    beneficiary_groups: Mapped[list[str]] = mapped_column(default=list)
    assist_mode: Mapped[AssistMode] = mapped_column(default=AssistMode.BOTH)
    service_regions: Mapped[list[str]] = mapped_column(default=list)
    capacity_total: Mapped[int]
    capacity_used_elsewhere: Mapped[int] = mapped_column(default=0)
    capacity_used_here: Mapped[int] = mapped_column(default=0)
    available_fen: Mapped[int | None]
    resource_types: Mapped[list[str]] = mapped_column(default=list)
    channel: Mapped[SupplyChannel | None]
    plans_public_fundraising: Mapped[bool] = mapped_column(default=False)
    participation_3y: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    reported_on: Mapped[date | None]
    remark: Mapped[str | None]
    import_id: Mapped[UUID | None] = mapped_column(index=True)
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edited_by: Mapped[str | None]
    submitted_by: Mapped[str | None]
    listed_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)

    @property
    def is_private(self) -> bool:
        """Tell whether it was never submitted: then nobody but its organization and office hears of it."""
        return self.submitted_by is None

    @property
    def is_public(self) -> bool:
        """Tell whether everybody of the business may see it."""
        return self.status in LISTED_STATES

    @property
    def free_capacity(self) -> int:
        """Return how many more projects it can take on."""
        return self.capacity_total - self.capacity_used_elsewhere - self.capacity_used_here

    def change(self, action: SupplyAction) -> None:
        """
        Go to the state that an action leads to.

        :raises SupplyStateForbids: if the present state does not allow it
        """
        following = TRANSITIONS[action].get(self.status)
        if following is None:
            allowed = [one.value for one, states in TRANSITIONS.items() if self.status in states]
            raise SupplyStateForbids(status=self.status.value, action=action.value, allowed="、".join(allowed) or "—")
        self.status = following

    def settle(self) -> None:
        """
        Check the fields against each other and renew what the supply is found by.

        :raises CapacityUsedExceedsTotal: if more is used elsewhere than there is
        :raises SupplyPeriodReversed: if it ends before it begins
        """
        if self.capacity_used_elsewhere > self.capacity_total:
            raise CapacityUsedExceedsTotal(pointer="/capacity_used_elsewhere")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise SupplyPeriodReversed(pointer="/ends_on")
        self.search = search_vector(self.title, self.description, self.source_number)

    def check_period(self, *, today: date) -> None:
        """
        Refuse a period that is over: nobody can be helped in it any more.

        :raises SupplyPeriodOver: if the last day lies before today
        """
        if self.ends_on is not None and self.ends_on < today:
            raise SupplyPeriodOver(pointer="/ends_on")

    def submit(self, *, by: str, today: date) -> None:
        """
        Hand it in for review.

        :raises SupplyStateForbids: unless it is a draft or was returned
        :raises SupplyIncomplete: without field, form, group or region
        :raises SupplyPeriodOver: if its last day is over
        """
        self.change(SupplyAction.SUBMIT)
        for name in ("fields", "help_forms", "beneficiary_groups", "service_regions"):
            if not getattr(self, name):
                raise SupplyIncomplete(pointer=f"/{name}")
        self.check_period(today=today)
        self.submitted_by = by

    def put_on_list(self, *, at: datetime) -> None:
        """
        Show it to the demand side; where no capacity is free it is full at once.

        :raises SupplyStateForbids: unless it is approved
        """
        self.change(SupplyAction.LIST)
        self.listed_at = at
        self.count_capacity(self.capacity_used_here)

    def close(self, reason: SupplyCloseReason) -> None:
        """
        End it for good.

        :raises SupplyStateForbids: unless it is approved, listed or full
        """
        self.change(SupplyAction.EXPIRE if reason is SupplyCloseReason.EXPIRED else SupplyAction.DELIST)
        self.close_reason = reason

    def count_capacity(self, used_here: int) -> None:
        """Note how much capacity commitments hold; a listed supply becomes full or is free again by itself."""
        self.capacity_used_here = used_here
        if self.is_public:
            self.change(SupplyAction.FREE if self.free_capacity > 0 else SupplyAction.FILL)

    def snapshot(self) -> SupplySnapshot:
        """Return the supply as its contract says."""
        return SupplySnapshot.model_validate(self, from_attributes=True)
