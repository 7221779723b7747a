"""What a file imported into the registry may hold."""

from enum import StrEnum


class ImportKind(StrEnum):
    """What a file holds."""

    ORGANIZATIONS = "organizations"
