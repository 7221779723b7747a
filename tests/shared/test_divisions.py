"""Division codes are normalised, and divisions found by code and by name, through their changes."""

import pytest

from shared.china.division_entry import resolve_division
from shared.china.divisions import (
    DivisionChange,
    DivisionIndex,
    DivisionLevel,
    DivisionRow,
    UnreadableDivisionCode,
    level_of,
    normalise_division_code,
    recover_scientific_code,
    scope_prefix,
)
from tests.shared.reference_divisions import reference_index


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("510722", "510722000000"),
        ("510722101", "510722101000"),
        ("510722101201", "510722101201"),
        ("５１１９２１", "511921000000"),
        ("'511722\t", "511722000000"),
    ],
)
def test_codes_become_twelve_digits(text: str, code: str) -> None:
    assert normalise_division_code(text) == code


@pytest.mark.parametrize("text", ["", "51", "5107221", "51072a", "5.10525E+11", "٥١٠٧٢٢"])
def test_other_texts_are_no_codes(text: str) -> None:
    with pytest.raises(UnreadableDivisionCode):
        normalise_division_code(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.10525E+11", "510525000000"),
        ("5.10525e11", "510525000000"),
        ("5.11E+11", None),
        ("5.10525E+07", None),
        ("510525", None),
    ],
)
def test_six_digits_of_a_damaged_code_are_recovered(text: str, code: str | None) -> None:
    assert recover_scientific_code(text) == code


@pytest.mark.parametrize(
    ("code", "level", "prefix"),
    [
        ("100000000000", DivisionLevel.NATIONAL, ""),
        ("510000000000", DivisionLevel.PROVINCE, "51"),
        ("511000000000", DivisionLevel.PREFECTURE, "5110"),
        ("510722000000", DivisionLevel.COUNTY, "510722"),
        ("429004000000", DivisionLevel.COUNTY, "429004"),
        ("510722101000", DivisionLevel.TOWN, "510722101"),
        ("510722101201", DivisionLevel.VILLAGE, "510722101201"),
    ],
)
def test_level_and_prefix_follow_from_the_code(code: str, level: DivisionLevel, prefix: str) -> None:
    assert level_of(code) is level
    assert scope_prefix(code) == prefix


@pytest.mark.parametrize(
    ("code", "present", "replaced"),
    [
        ("510722", "510722", ()),
        ("500105", "500157", ("500105",)),
        ("542623", "540481", ("542623", "540422")),
        ("513425", "513402", ("513425",)),
    ],
)
def test_obsolete_codes_lead_to_their_successors(code: str, present: str, replaced: tuple[str, ...]) -> None:
    match = reference_index().find_by_code(normalise_division_code(code))
    assert match is not None
    assert match.code[:6] == present
    assert tuple(old[:6] for old in match.replaced) == replaced


def test_unknown_codes_and_circles_of_changes_find_nothing() -> None:
    assert reference_index().find_by_code("519999000000") is None
    circle = [
        DivisionChange("510101000000", "甲县", "510102000000"),
        DivisionChange("510102000000", "", "510101000000"),
    ]
    assert DivisionIndex([], circle).find_by_code("510101000000") is None


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("三台县", {"510722"}),
        ("四川省绵阳市三台县", {"510722"}),
        ("四川绵阳三台县", {"510722"}),
        ("四川凉山州美姑县", {"513436"}),
        ("凉山州", {"513400"}),
        ("峨边县", {"511132"}),
        ("通州区", {"110112", "320612"}),
        ("北京市朝阳区", {"110105"}),
        ("江北区", {"330205", "500157"}),
        ("重庆市江北区", {"500157"}),
        ("浙江省江北区", {"330205"}),
        ("会理县", {"513402"}),
        ("全国", {"100000"}),
        ("四川省凤凰县", set()),
        ("", set()),
    ],
)
def test_names_find_every_division_they_can_mean(name: str, codes: set[str]) -> None:
    assert {match.code[:6] for match in reference_index().find_by_name(name)} == codes


def test_a_name_is_looked_for_within_a_prefix() -> None:
    assert [match.code[:6] for match in reference_index().find_by_name("通州区", within="11")] == ["110112"]


@pytest.mark.parametrize(
    ("code", "name", "agree"),
    [
        ("510722", "三台县", True),
        ("510722", "三台", True),
        ("510722", "绵阳市三台县", True),
        ("510722", "成都市三台县", False),
        ("510722", "盐亭县", False),
        ("500105", "重庆市江北区", True),
        ("500105", "两江新区", True),
        ("100000", "全国", True),
    ],
)
def test_code_and_name_are_compared(code: str, name: str, agree: bool) -> None:
    match = reference_index().find_by_code(normalise_division_code(code))
    assert match is not None
    assert reference_index().names_agree(name, match) is agree


def test_towns_are_found_in_their_county_only() -> None:
    index = reference_index()
    assert index.find_town("510722000000", "没有的镇") is None
    town = index.find_town("510722000000", "龙树镇")
    assert town is not None
    assert town.startswith("510722")
    assert index.find_town("510724000000", "龙树镇") is None
    assert index.knows_towns_of("510722000000")
    assert not index.knows_towns_of("519999000000")


def test_a_full_name_may_be_given_with_the_row() -> None:
    index = DivisionIndex([DivisionRow("510722000000", "三台县", full_name="四川省三台县")])
    match = index.find_by_code("510722000000")
    assert match is not None
    assert match.full_name == "四川省三台县"


@pytest.mark.parametrize(
    ("code_text", "name_text", "fault", "warnings"),
    [
        ("510722", "三台县", None, ()),
        ("5.10722E+11", "三台县", None, ("region_code_scientific",)),
        ("", "三台县", None, ("region_resolved_by_name",)),
        ("", "会理县", None, ("region_resolved_by_name", "region_obsolete_with_successor")),
        ("513425101", "", None, ("region_obsolete_with_successor",)),
        ("", "", "required", ()),
        ("", "凤凰山县", "region_unknown", ()),
        ("", "通州区", "region_ambiguous", ()),
        ("abc", "三台县", "region_unknown", ()),
        ("519999", "", "region_unknown", ()),
        ("510722", "南江县", "region_name_mismatch", ()),
    ],
)
def test_a_place_is_resolved_from_code_and_name(
    code_text: str, name_text: str, fault: str | None, warnings: tuple[str, ...]
) -> None:
    reading = resolve_division(reference_index(), code_text=code_text, name_text=name_text)
    assert (reading.fault, reading.warnings) == (fault, warnings)
    assert (reading.match is None) is (fault is not None)
