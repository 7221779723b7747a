"""A demand with its states as one table of transitions, and the survey records behind it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.db import Base
from services.projects.demands.errors import (
    DemandIncomplete,
    DemandPeriodOver,
    DemandStateForbids,
    HeadCountMissing,
    PartExceedsWhole,
    PeriodReversed,
    ProcurementMethodMismatch,
)
from shared.auth.principals import Principal
from shared.contracts.codes import (
    AssistMode,
    DemandCloseReason,
    DemandLevel,
    DemandStatus,
    IntakeSource,
    Procurement,
    ProcurementMethod,
    Role,
    SurveyStage,
)
from shared.contracts.projects import DEMAND_CHANGED, DemandSnapshot
from shared.db import Identified, Stamped, Versioned
from shared.search import search_vector


class DemandAction(StrEnum):
    """What can happen to a demand; the last six are done by reviews, commitments and the calendar."""

    EDIT = "edit"
    SURVEY = "survey"
    SUBMIT = "submit"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    APPROVE = "approve"
    RETURN = "return"
    UNCOVER = "uncover"
    COVER_PARTLY = "cover_partly"
    COVER = "cover"
    EXPIRE = "expire"


S = DemandStatus
PUBLISHED_STATES = (S.PUBLISHED, S.PARTLY_COVERED, S.COVERED)
OPEN_STATES = tuple(status for status in S if status is not S.CLOSED)
# A returned demand is edited in place and submitted again directly: the reviewer's note stays in sight until then.
TRANSITIONS: Mapping[DemandAction, Mapping[DemandStatus, DemandStatus]] = {
    DemandAction.EDIT: {S.DRAFT: S.DRAFT, S.RETURNED: S.RETURNED},
    DemandAction.SURVEY: {S.DRAFT: S.DRAFT},
    DemandAction.SUBMIT: {S.DRAFT: S.SUBMITTED, S.RETURNED: S.SUBMITTED},
    DemandAction.APPROVE: {S.SUBMITTED: S.APPROVED},
    DemandAction.RETURN: {S.SUBMITTED: S.RETURNED},
    DemandAction.PUBLISH: {S.APPROVED: S.PUBLISHED},
    DemandAction.UNCOVER: dict.fromkeys(PUBLISHED_STATES, S.PUBLISHED),
    DemandAction.COVER_PARTLY: dict.fromkeys(PUBLISHED_STATES, S.PARTLY_COVERED),
    DemandAction.COVER: dict.fromkeys(PUBLISHED_STATES, S.COVERED),
    DemandAction.CLOSE: dict.fromkeys(PUBLISHED_STATES, S.CLOSED),
    DemandAction.WITHDRAW: dict.fromkeys(OPEN_STATES, S.CLOSED),
    DemandAction.EXPIRE: dict.fromkeys(OPEN_STATES, S.CLOSED),
}


class Demand(Base, Identified, Versioned, Stamped):
    """An entry of the demand library (需求项目), owned by the rural office of its county; amounts in fen."""

    __tablename__ = "demands"
    __table_args__ = (
        CheckConstraint("division ~ '^[1-9][0-9]{11}$'", name="division_has_12_digits"),
        CheckConstraint("places >= 1", name="places_positive"),
        CheckConstraint("places_taken between 0 and places", name="places_not_exceeded"),
        CheckConstraint("(status = 'closed') = (close_reason is not null)", name="closed_with_reason"),
        Index("uq_demands_office_source_number", "office", text("upper(source_number)"), unique=True),
        Index("ix_demands_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
        Index("ix_demands_search", "search", postgresql_using="gin"),
        Index("ix_demands_fields", "fields", postgresql_using="gin"),
        Index("ix_demands_ends_on_open", "ends_on", postgresql_where=text("status <> 'closed'")),
    )
    event_type: ClassVar[str] = DEMAND_CHANGED

    source_number: Mapped[str | None]
    status: Mapped[DemandStatus] = mapped_column(default=DemandStatus.DRAFT, index=True)
    close_reason: Mapped[DemandCloseReason | None]
    division: Mapped[str]
    owner_division: Mapped[str]
    office: Mapped[str]
    level: Mapped[DemandLevel]
    town_name: Mapped[str | None]
    village_count: Mapped[int | None]
    title: Mapped[str]
    description: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(default=list)
    help_forms: Mapped[list[str]] = mapped_column(default=list)
    beneficiary_groups: Mapped[list[str]] = mapped_column(default=list)
    persons: Mapped[int | None]
    households: Mapped[int | None]
    monitored_persons: Mapped[int | None]
    assist_mode: Mapped[AssistMode] = mapped_column(default=AssistMode.BOTH)
    budget_fen: Mapped[int | None]
    secured_fen: Mapped[int | None]
    requires_public_fundraising: Mapped[bool] = mapped_column(default=False)
    raises_online: Mapped[bool] = mapped_column(default=False)
    procurement: Mapped[Procurement] = mapped_column(default=Procurement.NONE)
    procurement_method: Mapped[ProcurementMethod | None]
    is_resettlement_site: Mapped[bool] = mapped_column(default=False)
    intake_source: Mapped[IntakeSource | None]
    pairing_requirement: Mapped[str | None]
    policy_gap: Mapped[str | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    places: Mapped[int] = mapped_column(default=1)
    places_taken: Mapped[int] = mapped_column(default=0)
    reporting_unit: Mapped[str | None]
    reported_on: Mapped[date | None]
    remark: Mapped[str | None]
    survey_stage: Mapped[SurveyStage | None]
    import_id: Mapped[UUID | None] = mapped_column(index=True)
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edited_by: Mapped[str | None]
    submitted_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)

    @property
    def is_private(self) -> bool:
        """Tell whether it was never submitted: then nobody outside its offices hears of it."""
        return self.submitted_by is None

    @property
    def is_public(self) -> bool:
        """Tell whether everybody of the business may see it."""
        return self.status in PUBLISHED_STATES

    @property
    def takes_commitments(self) -> bool:
        """Tell whether a pairing may hold a place: it is public, and nothing is procured (政府购买) elsewhere."""
        return self.is_public and self.procurement is not Procurement.GOVERNMENT_PURCHASE

    def is_kept_by(self, by: Principal) -> bool:
        """Tell whether the caller sees all of it: a provincial officer, or an office or editor of its division."""
        if by.role is Role.PROVINCIAL_OFFICER:
            return True
        return by.role in {Role.RURAL_OFFICER, Role.VILLAGE_EDITOR} and by.covers(self.division)

    def change(self, action: DemandAction) -> None:
        """
        Go to the state that an action leads to.

        :raises DemandStateForbids: if the present state does not allow it
        """
        following = TRANSITIONS[action].get(self.status)
        if following is None:
            allowed = [one.value for one, states in TRANSITIONS.items() if self.status in states]
            raise DemandStateForbids(status=self.status.value, action=action.value, allowed="、".join(allowed) or "—")
        self.status = following

    def settle(self) -> None:
        """
        Check the fields against each other, place the demand under its county, and renew what it is found by.

        :raises ProcurementMethodMismatch: if purchase and method do not stand together
        :raises PartExceedsWhole: if more persons are monitored than there are
        :raises PeriodReversed: if it ends before it begins
        """
        if (self.procurement is Procurement.GOVERNMENT_PURCHASE) != (self.procurement_method is not None):
            raise ProcurementMethodMismatch(pointer="/procurement_method")
        if self.persons is None and self.households is None:
            raise HeadCountMissing(pointer="/persons")
        if self.monitored_persons and self.persons is not None and self.monitored_persons > self.persons:
            raise PartExceedsWhole(pointer="/monitored_persons")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise PeriodReversed(pointer="/ends_on")
        self.owner_division = self.division[:6].ljust(12, "0")
        self.search = search_vector(self.title, self.description, self.town_name, self.source_number)

    def check_period(self, *, today: date) -> None:
        """
        Refuse a period that is over: nobody can be helped in it any more.

        :raises DemandPeriodOver: if the last day lies before today
        """
        if self.ends_on is not None and self.ends_on < today:
            raise DemandPeriodOver(pointer="/ends_on")

    def submit(self, *, by: str, today: date) -> None:
        """
        Hand it in for review.

        :raises DemandStateForbids: unless it is a draft or was returned
        :raises DemandIncomplete: without a policy gap, a group, a head count or a last day
        :raises DemandPeriodOver: if its last day is over
        """
        self.change(DemandAction.SUBMIT)
        # Only a workbook's row may have come without the last day.
        for name in ("policy_gap", "beneficiary_groups", "persons", "ends_on"):
            if not getattr(self, name):
                raise DemandIncomplete(pointer=f"/{name}")
        self.check_period(today=today)
        self.submitted_by = by

    def advance_survey(self, stage: SurveyStage) -> bool:
        """Let the survey be as far as a stage, unless it is farther already; tell whether that changed it."""
        stages = list(SurveyStage)
        if self.survey_stage is not None and stages.index(stage) <= stages.index(self.survey_stage):
            return False
        self.survey_stage = stage
        return True

    def approve(self) -> None:
        """
        Take it into the library (入库).

        :raises DemandStateForbids: unless it is submitted
        """
        self.change(DemandAction.APPROVE)
        self.survey_stage = SurveyStage.ADMITTED

    def publish(self, *, at: datetime) -> None:
        """
        Let organizations see and take it.

        :raises DemandStateForbids: unless it is approved
        """
        self.change(DemandAction.PUBLISH)
        self.published_at = at

    def close(self, reason: DemandCloseReason) -> None:
        """
        End it for good.

        :raises DemandStateForbids: if it is closed, or is not published and neither withdrawn nor expired
        """
        by_reason = {
            DemandCloseReason.WITHDRAWN: DemandAction.WITHDRAW,
            DemandCloseReason.EXPIRED: DemandAction.EXPIRE,
        }
        self.change(by_reason.get(reason, DemandAction.CLOSE))
        self.close_reason = reason

    def count_places(self, taken: int) -> None:
        """Note how many places commitments hold, and how far the demand is covered; a closed one stays closed."""
        self.places_taken = taken
        if self.is_public:
            part = DemandAction.COVER_PARTLY if taken else DemandAction.UNCOVER
            self.change(DemandAction.COVER if taken >= self.places else part)

    def snapshot(self) -> DemandSnapshot:
        """Return the demand as its contract says."""
        return DemandSnapshot.model_validate(self, from_attributes=True)


def provenance_by_hand(former: Mapping[str, Any], *, as_of: date, with_amount: bool) -> dict[str, Any]:
    """
    Return where an entry of a library comes from once somebody changed it by hand: no file says all of it any more.

    What it was imported from is kept aside; what was doubted of its amount stays until the amount is given anew.
    """
    imported = former if former.get("source") == "imported" else former.get("imported")
    doubts = () if with_amount else ("amount_is_approximate", "amount_needs_confirmation")
    provenance: dict[str, Any] = {"source": "reported", "as_of": as_of.isoformat()}
    provenance |= {name: former[name] for name in doubts if name in former}
    if imported:
        provenance["imported"] = {name: imported.get(name) for name in ("as_of", "file", "row", "content")}
    return provenance


class SurveyRecord(Base, Identified, Stamped):
    """A step by which the demand was found: scoped 摸底, visited 走访, researched 调研, screened 筛选."""

    __tablename__ = "survey_records"

    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demands.id"), index=True)
    stage: Mapped[SurveyStage]
    surveyed_on: Mapped[date]
    office: Mapped[str]
    source: Mapped[IntakeSource]
    recorded_by: Mapped[str]
