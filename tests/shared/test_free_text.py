"""Free text in a body is refused where it holds personal data, and the value is never repeated."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.free_text import KINDS, FreeLine, FreeProse, FreeRemark
from shared.privacy import PersonalDataKind
from shared.validation_texts import describe


@pytest.mark.parametrize("kind", [FreeLine, FreeProse, FreeRemark])
def test_personal_data_is_refused_with_its_place(kind: object) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python("电话13912345678可联系")
    [detail] = refused.value.errors(include_input=False)
    assert detail["type"] == "personal_data"
    for language in ("zh", "en"):
        said = describe(dict(detail), language)
        assert "3" in said
        assert "13" in said
        assert "139" not in said


def test_plain_text_passes_and_every_kind_has_its_words() -> None:
    assert TypeAdapter(FreeLine).validate_python(" 三百二十人 ") == "三百二十人"
    assert set(KINDS) == set(PersonalDataKind)
