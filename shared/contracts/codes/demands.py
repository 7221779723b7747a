"""Codes of demands: their level, origin, survey and states."""

from enum import StrEnum


class DemandLevel(StrEnum):
    """Level of the demand (需求层级)."""

    VILLAGE = "village"
    TOWN = "town"
    COUNTY = "county"


class IntakeSource(StrEnum):
    """Source of the demand (需求来源)."""

    VISIT = "visit"
    ASKED_PEOPLE = "asked_people"
    ASKED_ORGANIZATIONS = "asked_organizations"


class SurveyStage(StrEnum):
    """Survey stage (入库阶段)."""

    SCOPED = "scoped"
    VISITED = "visited"
    RESEARCHED = "researched"
    SCREENED = "screened"
    ADMITTED = "admitted"


class DemandStatus(StrEnum):
    """Demand state (需求状态)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    PARTLY_COVERED = "partly_covered"
    COVERED = "covered"
    CLOSED = "closed"


class DemandCloseReason(StrEnum):
    """Reason a demand closed (需求关闭原因)."""

    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    MERGED = "merged"
