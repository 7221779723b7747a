"""Free text as people write it into a body: refused where it holds personal data, with the position, not the value."""

from typing import Annotated

from pydantic import AfterValidator

from shared.errors import Text
from shared.privacy import PersonalDataKind, find_personal_data
from shared.schemas import Line, Prose, Remark
from shared.validation_texts import rule_broken

KINDS = {
    PersonalDataKind.IDENTITY_CARD: Text("证件号码", "an identity number"),
    PersonalDataKind.MOBILE: Text("手机号码", "a mobile number"),
    PersonalDataKind.LANDLINE: Text("固定电话", "a telephone number"),
    PersonalDataKind.BANK_CARD: Text("银行卡号", "a bank card number"),
    PersonalDataKind.EMAIL: Text("电子邮箱", "an e-mail address"),
    PersonalDataKind.NAMED_PERSON: Text("个人姓名", "a person's name"),
}


def refuse_personal_data(value: str) -> str:
    """Return a text without personal data, or refuse it with the kind and the place of what was found first."""
    found = find_personal_data(value)
    if found:
        first = found[0]
        kind, start, end = KINDS[first.kind], first.start + 1, first.end
        raise rule_broken(
            "personal_data",
            Text(
                f"第 {start} 至 {end} 个字符疑似{kind.zh},请删除;平台只收人数和群体,不收个人信息。",
                f"Characters {start} to {end} look like {kind.en}; remove it: only counts and groups are kept here.",
            ),
        )
    return value


FreeLine = Annotated[Line, AfterValidator(refuse_personal_data)]
"""A title of 1 to 100 characters without personal data."""
FreeProse = Annotated[Prose, AfterValidator(refuse_personal_data)]
"""A description of 1 to 2,000 characters without personal data."""
FreeRemark = Annotated[Remark, AfterValidator(refuse_personal_data)]
"""A remark of at most 500 characters without personal data."""
