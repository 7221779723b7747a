"""The roles in which callers act."""

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
