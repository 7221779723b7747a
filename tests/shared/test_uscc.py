"""Unified social credit codes are checked as GB 32100 and GB 11714 say."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.china.uscc import (
    UsccFault,
    category_of,
    find_uscc_fault,
    fits_organization_type,
    has_valid_subject_code,
    normalise_uscc,
    registrar_division,
)
from shared.contracts.codes import OrganizationType

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "reference" / "uscc_test_vectors.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["positive"], ids=lambda vector: vector["code"])
def test_real_codes_pass_both_checks(vector: dict[str, str]) -> None:
    assert find_uscc_fault(vector["code"]) is None
    assert has_valid_subject_code(vector["code"])


@pytest.mark.parametrize("vector", VECTORS["negative"], ids=lambda vector: vector["code"])
def test_wrong_codes_fail(vector: dict[str, str]) -> None:
    assert find_uscc_fault(vector["code"]) is not None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("53100000500019795", UsccFault.LENGTH),
        ("91350100M000100Y4Z", UsccFault.CHARSET),
        ("51511524MJW530121H", UsccFault.CHECK_DIGIT),
        ("91350100M000100Y43", None),
    ],
)
def test_the_first_fault_is_named(code: str, fault: UsccFault | None) -> None:
    assert find_uscc_fault(code) == fault


@pytest.mark.parametrize(
    "text", ["５３１０００００５０００１９７９５Ａ", " 53100000 500019795a\u200b", "'53100000-500019795-A"]
)
def test_width_case_and_spaces_are_normalised(text: str) -> None:
    assert normalise_uscc(text) == "53100000500019795A"


def test_a_wrong_subject_code_is_told_apart_from_a_wrong_check_character() -> None:
    assert find_uscc_fault("51513401MJW530270D") is None
    assert not has_valid_subject_code("51513401MJW530270D")


def test_registrar_and_category_are_read_from_the_code() -> None:
    assert registrar_division("52510722MJW5300093") == "510722"
    assert category_of("52510722MJW5300093") == "52"


@pytest.mark.parametrize(
    ("code", "kind", "fits"),
    [
        ("51", OrganizationType.ASSOCIATION, True),
        ("52", OrganizationType.SERVICE_AGENCY, True),
        ("53", OrganizationType.FOUNDATION, True),
        ("51", OrganizationType.FOUNDATION, False),
        ("53", OrganizationType.OTHER, False),
        ("91", OrganizationType.OTHER, True),
        ("91", OrganizationType.ASSOCIATION, False),
    ],
)
def test_the_category_must_fit_the_type(code: str, kind: OrganizationType, fits: bool) -> None:
    assert fits_organization_type(code.ljust(18, "0"), kind) is fits
