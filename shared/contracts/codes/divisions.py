"""The designations that divisions bear."""

from enum import StrEnum


class Designation(StrEnum):
    """Designation (区域标签)."""

    LIFTED_COUNTY_832 = "lifted_county_832"
    KEY_COUNTY_2021 = "key_county_2021"
    THREE_REGIONS_THREE_PREFECTURES = "three_regions_three_prefectures"
