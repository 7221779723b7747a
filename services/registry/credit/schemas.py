"""Facts of supervision as offices record them, and their history."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.registry.credit.models import SupervisionKind
from services.registry.organizations.models import DataSource
from services.registry.organizations.schemas import Evidenced
from shared.contracts.codes import AnnualCheckResult, AssessmentGrade, CreditStatus
from shared.schemas import Reading


class CreditStandingPut(Evidenced):
    """The credit standing (信用状态) and since when."""

    status: CreditStatus
    listed_on: date | None = Field(default=None, description="列入名录日期; needed unless the status is normal")


class AnnualCheckPut(Evidenced):
    """The result of the annual check or report (年检/年报) of a year."""

    result: AnnualCheckResult


class AssessmentPut(Evidenced):
    """The assessment (评估等级); no grade records that there is none any more."""

    grade: AssessmentGrade | None
    last_valid_on: date | None = Field(default=None, description="Inclusive; absent = not recorded")


class SupervisionRecordRead(Reading):
    """One recorded fact: what, from whom, as of when, on what evidence."""

    id: UUID
    kind: SupervisionKind
    credit_status: CreditStatus | None = None
    listed_on: date | None = None
    year: int | None = None
    result: AnnualCheckResult | None = None
    grade: AssessmentGrade | None = None
    last_valid_on: date | None = None
    source: DataSource
    as_of: date
    evidence: str | None = None
    verified_by: str | None = None
    recorded_by: str
    created_at: datetime
