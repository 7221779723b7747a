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


NUMBERS_OF_PERSONS = frozenset({PersonalDataKind.IDENTITY_CARD, PersonalDataKind.BANK_CARD})
ONLY_COUNTS = Text("平台只收人数和群体,不收个人信息。", "only counts and groups are kept here.")
ONLY_TO_REACH = Text("联系方式只填姓名和联系号码。", "a contact is a name and what one is reached by.")


def refuse_personal_data(value: str) -> str:
    """Return a text without personal data, or refuse it with the kind and the place of what was found first."""
    return _refuse(value, frozenset(PersonalDataKind), ONLY_COUNTS)


def refuse_numbers_of_persons(value: str) -> str:
    """Return a part of a contact, or refuse it if it holds an identity or bank card number, which reaches nobody."""
    return _refuse(value, NUMBERS_OF_PERSONS, ONLY_TO_REACH)


def _refuse(value: str, kinds: frozenset[PersonalDataKind], why: Text) -> str:
    for one in find_personal_data(value):
        if one.kind in kinds:
            kind, start, end = KINDS[one.kind], one.start + 1, one.end
            raise rule_broken(
                "personal_data",
                Text(
                    f"第 {start} 至 {end} 个字符疑似{kind.zh},请删除;{why.zh}",
                    f"Characters {start} to {end} look like {kind.en}; remove it: {why.en}",
                ),
            )
    return value


FreeLine = Annotated[Line, AfterValidator(refuse_personal_data)]
"""A title of 1 to 100 characters without personal data."""
FreeProse = Annotated[Prose, AfterValidator(refuse_personal_data)]
"""A description of 1 to 2,000 characters without personal data."""
FreeRemark = Annotated[Remark, AfterValidator(refuse_personal_data)]
"""A remark of at most 500 characters without personal data."""
