"""What a file imported into the libraries may hold."""

from enum import StrEnum


class ImportKind(StrEnum):
    """What a file holds."""

    DEMANDS = "demands"
    SUPPLIES = "supplies"
