"""Codes of supplies and of the commitments that take their places."""

from enum import StrEnum


class ResourceType(StrEnum):
    """Resource type (资源类型)."""

    PROJECT = "project"
    FUNDS = "funds"
    TECHNOLOGY = "technology"
    TALENT = "talent"


class SupplyChannel(StrEnum):
    """Channel of the supply (供给来源渠道)."""

    MOBILIZATION = "mobilization"
    EXHIBITION = "exhibition"
    VENTURE_CONTEST = "venture_contest"
    SITE_VISIT = "site_visit"


class SupplyStatus(StrEnum):
    """Supply state (供给状态)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    LISTED = "listed"
    FULL = "full"
    CLOSED = "closed"


class SupplyCloseReason(StrEnum):
    """Reason a supply closed (供给关闭原因)."""

    DELISTED = "delisted"
    EXPIRED = "expired"


class CommitmentStatus(StrEnum):
    """Commitment state (占用状态)."""

    ACTIVE = "active"
    RELEASED = "released"
    FULFILLED = "fulfilled"
