"""The roles in which callers act, and what may be granted to applications."""

from enum import StrEnum


class Role(StrEnum):
    """Role (角色)."""

    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"
    PROVINCIAL_OFFICER = "provincial_officer"
    RURAL_OFFICER = "rural_officer"
    VILLAGE_EDITOR = "village_editor"
    CIVIL_AFFAIRS_OFFICER = "civil_affairs_officer"
    SUPERVISING_UNIT = "supervising_unit"
    ORGANIZATION = "organization"
    PARTNER_APPLICATION = "partner_application"
    SERVICE = "service"


class GrantScope(StrEnum):
    """What an organization or an office may let a partner application do for it (授权范围)."""

    ORGANIZATIONS_READ = "organizations.read"
    DEMANDS_READ = "demands.read"
    DEMANDS_WRITE = "demands.write"
    SUPPLIES_READ = "supplies.read"
    SUPPLIES_WRITE = "supplies.write"
    REVIEWS_READ = "reviews.read"
    COMMITMENTS_READ = "commitments.read"
    CANDIDATES_READ = "candidates.read"
    PAIRINGS_READ = "pairings.read"
    PAIRINGS_PROPOSE = "pairings.propose"
    PAIRINGS_ANSWER = "pairings.answer"
    PAIRINGS_REPORT = "pairings.report"
    SUBSCRIPTIONS_MANAGE = "subscriptions.manage"
