"""Find personal data in free text (identity, telephone and card numbers, e-mail, names) without repeating it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.china.uscc import find_uscc_fault

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "－‐‑‒–—―−"), "-")
_HAN_DIGITS = {**dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)), "幺": "1", "○": "0", "壹": "1"}
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_GAP = r"[ \t\u00a0\u2000-\u200a\u202f\u3000\-_.·•/]{1,3}"
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_MAX_DIGITS = 19
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE_GROUPS = frozenset({
    (11,), (3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (3, 3, 5), (3, 5, 3), (4, 3, 4), (5, 3, 3), (5, 6), (6, 5), (1,) * 11,
})  # fmt: skip
_CARD_GROUPS = frozenset({(6, 10), (6, 13), (16, 3), (8, 8, 3)})
_UNIT_AFTER = re.compile(
    r"\s*(?:元|万|亿|千元|百万|美元|人|户|名|亩|公里|千米|公斤|千克|吨|斤|米|平方|立方|株|棵|只|头|次|件|度|%)"
)
_ID_CONTEXT = re.compile(r"(?:身份证|证件号|公民身份|居民证|ID\s*(?:card|no|number)?)[^\d]{0,12}$", re.IGNORECASE)
_USCC_CONTEXT = re.compile(r"信用代码[^\d]{0,6}$")
_CARD_CONTEXT = re.compile(r"(?:卡号|银行卡|账号|账户|帐号)[^\d]{0,6}$")
_PHONE_CONTEXT = re.compile(
    r"(?:电话|手机|联系|微信|拨打|拨|致电|热线|座机|号码|(?<![a-z])(?:tel|phone|mobile|call|fax|wx|vx))[^\d]{0,10}$",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"(?:tel|phone|telephone|mobile|mob|cell|call|fax|wechat|weixin|wx|vx|v|qq|t|m|p|no)", re.IGNORECASE
)
_X_AT_ONCE, _X_BEHIND = re.compile(r"[Xx]"), re.compile(rf"(?:{_GAP})?[Xx]")
_DIGIT_RUN = re.compile(rf"[0-9]+(?:{_GAP}[0-9]+)*")
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.\-])"
    r"(?:(?:\+86|0086)[- ]?\(?0?(?:10|2\d|[3-9]\d{2})|(?:86[- ]?)?\(?0(?:10|2\d|[3-9]\d{2}))\)?[ \-]{0,3}"
    r"(?P<local>[2-8]\d{2,3}[ \-]?\d{4})"
    r"(?:(?:-|转|ext\.?)\s*\d{1,6})?(?![0-9A-Za-z])(?!\.\d)",
    re.IGNORECASE,
)
_LOCAL_NUMBER = re.compile(
    r"(?:电话|座机|固话|(?<![a-z])tel)(?:号码|号)?\s*(?:是|为)?[:.]?\s*([2-8]\d{2,3}[ \-]?\d{4})(?![\d\-.])", re.I
)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s{0,2}@\s{0,2}(?:[A-Za-z0-9\-]{1,63}\s?\.\s?){1,5}[A-Za-z]{2,24}"
)
_ALNUM_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{18,30}(?![0-9A-Za-z])", re.IGNORECASE)
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟"
    "殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓"
)
_NAMED_PERSON = re.compile(
    r"(?:联系人|负责人|经办人|户主|姓名|法定代表人|法人代表|收款人|户名|村支书|监护人|患者|名叫|本人)"
    rf"(?:[:：是为叫]\s*|\s+)(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[\s,，。;；、.(（)）:：0-9]|$|电话|手机|先生|女士|同志)"
    rf"|(?:村民|户主|学生|老人|孤儿|患者|贫困户|低保户)(?P<titled>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?:同志|先生|女士|老人家|大爷|大娘)"
)
_MASKED_NAME = re.compile(r"[某]|\*")


class PersonalDataKind(StrEnum):
    """The kind of personal data."""

    IDENTITY_CARD = "identity_card"
    MOBILE = "mobile"
    LANDLINE = "landline"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    NAMED_PERSON = "named_person"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Where personal data stands in a text: its kind and half-open character positions, never the value."""

    kind: PersonalDataKind
    start: int
    end: int


def find_personal_data(text: str) -> tuple[PersonalData, ...]:
    """
    Return the kind and place of all personal data in a text, in the order of the text.

    Full-width and Chinese digits, and spaces or dashes between digits, hide nothing. Credit codes, filing numbers,
    division codes, UUIDs, dates and amounts are no personal data.
    """
    folded, positions = _fold(text)
    found = [*_find_in(folded), *_find_han_mobiles(folded)]
    chosen: list[PersonalData] = []
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        if not chosen or item.start >= chosen[-1].end:
            chosen.append(item)
    return tuple(PersonalData(item.kind, positions[item.start], positions[item.end - 1] + 1) for item in chosen)


def contains_personal_data(text: str) -> bool:
    """Tell whether a text holds personal data of any kind."""
    return bool(find_personal_data(text))


def _fold(text: str) -> tuple[str, list[int]]:
    """Return the text with half-width characters and no invisible ones, and the original position of each character."""
    kept = [(character, position) for position, character in enumerate(text) if character not in _INVISIBLE]
    return "".join(c for c, _ in kept).translate(_FULL_WIDTH), [position for _, position in kept]


def _find_in(text: str) -> Iterator[PersonalData]:
    text = _UUID.sub(lambda match: "x" * 36, text)  # one in some thousands has a mobile number's digits
    for match in _EMAIL.finditer(text):
        yield PersonalData(PersonalDataKind.EMAIL, *match.span())
    codes = [match.span() for match in _ALNUM_TOKEN.finditer(text) if _is_official_code(text, match)]
    for match in _DIGIT_RUN.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in codes):
            yield from _find_in_run(text, match)
    for match in _LANDLINE.finditer(text):
        if not _is_calendar_date(re.sub(r"\D", "", match["local"])) and not _UNIT_AFTER.match(text, match.end()):
            yield PersonalData(PersonalDataKind.LANDLINE, *match.span())
    for match in _LOCAL_NUMBER.finditer(text):
        if not _is_calendar_date(re.sub(r"\D", "", match[1])):
            yield PersonalData(PersonalDataKind.LANDLINE, *match.span(1))
    for match in _NAMED_PERSON.finditer(text):
        name = match["name"] or match["titled"]
        if not _MASKED_NAME.search(name):
            yield PersonalData(PersonalDataKind.NAMED_PERSON, *match.span("name" if match["name"] else "titled"))


def _is_official_code(text: str, match: re.Match[str]) -> bool:
    """Tell whether a token is a credit code, alone or with the serial of a filing number (…A18051) behind it."""
    token = match.group().upper()
    if find_uscc_fault(token[:18]) is not None or not (len(token) == 18 or token[18].isalpha()):
        return False
    labelled = bool(_USCC_CONTEXT.search(text, 0, match.start()))
    return labelled or not _is_identity_number(token)


def _find_in_run(text: str, match: re.Match[str]) -> Iterator[PersonalData]:
    """Try every series of neighbouring digit groups of a run as one number, the longest first."""
    groups = [(group.group(), match.start() + group.start()) for group in re.finditer(r"[0-9]+", match.group())]
    index = 0
    while index < len(groups):
        for last in range(_last_group(groups, index), index - 1, -1):
            digits = "".join(group for group, _ in groups[index : last + 1])
            end = groups[last][1] + len(groups[last][0])
            if kind := _classify(text, groups, index, last, digits, end):
                yield PersonalData(kind, groups[index][1], _end_with_x(text, end, len(digits)))
                index = last
                break
        index += 1


def _last_group(groups: list[tuple[str, int]], first: int) -> int:
    """Return the last group up to which a number may reach: none has more than 19 digits."""
    last, digits = first, len(groups[first][0])
    while last + 1 < len(groups) and digits + len(groups[last + 1][0]) <= _MAX_DIGITS:
        last += 1
        digits += len(groups[last][0])
    return last


def _classify(
    text: str, groups: list[tuple[str, int]], first: int, last: int, digits: str, end: int
) -> PersonalDataKind | None:
    shape = tuple(len(group) for group, _ in groups[first : last + 1])
    start = groups[first][1]
    lead = text[max(0, start - 24) : start]
    behind = _end_with_x(text, end, len(digits))
    x_behind = behind > end
    if re.match(r"[0-9A-Za-z]", text[behind : behind + 1]):
        return None
    if len(digits) in (15, 17, 18) and _looks_like_identity(digits + ("X" if x_behind else ""), lead):
        return PersonalDataKind.IDENTITY_CARD
    if re.fullmatch(r"\d+\.\d+", text[start:end]) and not _PHONE_CONTEXT.search(lead):
        return None
    if x_behind or (re.match(r"\.\d", text[end : end + 2]) and len(shape) == 1):
        return None
    if _looks_like_mobile(digits, shape, lead) and (_PHONE_CONTEXT.search(lead) or not _UNIT_AFTER.match(text, end)):
        return PersonalDataKind.MOBILE
    if _looks_like_bank_card(digits, shape, lead) and not re.search(r"[A-Za-z.]$", lead):
        return PersonalDataKind.BANK_CARD if not _UNIT_AFTER.match(text, end) else None
    return None


def _end_with_x(text: str, end: int, digits: int) -> int:
    """Return where a number ends with the X behind it; only an identity card's 17 digits reach over a gap to it."""
    found = (_X_BEHIND if digits == 17 else _X_AT_ONCE).match(text, end)
    return found.end() if found else end


def _looks_like_identity(number: str, lead: str) -> bool:
    if re.search(r"[A-Za-z]$", lead) and not _ID_CONTEXT.search(lead):
        return False
    if len(number) == 15:
        provincial = _PROVINCE.match(number) is not None and _is_calendar_date("19" + number[6:12])
        return provincial and (int(number[6:8]) >= 20 or bool(_ID_CONTEXT.search(lead)))
    if len(number) != 18:
        return False
    dated = _is_calendar_date(number[6:14])
    checked = _identity_check(number) == number[17]
    known = _PROVINCE.match(number) is not None
    return dated and (checked or (known and bool(_ID_CONTEXT.search(lead))))


def _is_identity_number(token: str) -> bool:
    return bool(re.fullmatch(r"\d{17}[\dX]", token)) and _looks_like_identity(token, "")


def _identity_check(number: str) -> str:
    """Return the check character of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def _looks_like_mobile(digits: str, shape: tuple[int, ...], lead: str) -> bool:
    number, groups = digits, shape
    for country in ("0086", "86", "0"):
        if digits.startswith(country) and len(digits) == 11 + len(country):
            number = digits[len(country) :]
            groups = shape[1:] if shape[0] == len(country) else (shape[0] - len(country), *shape[1:])
            break
    if not re.fullmatch(r"1[3-9]\d{9}", number) or re.search(r"\d\.$", lead):
        return False
    letters = re.search(r"[A-Za-z]+$", lead)
    if letters and not _PHONE_WORD.fullmatch(letters.group()):
        return False
    if _PHONE_CONTEXT.search(lead):
        return True
    # 1990-2020 365 is two years and a number.
    years = groups == (4, 4, 3) and number[:2] == "19" and number[4:6] in ("19", "20")
    return groups in _MOBILE_GROUPS and not years


def _looks_like_bank_card(digits: str, shape: tuple[int, ...], lead: str) -> bool:
    """Tell whether 16 to 19 digits of a card scheme pass the Luhn check, written in one or in groups of four."""
    if not 16 <= len(digits) <= 19 or not re.match(r"(?:3[0-9]|[456]\d|95|62)", digits):
        return False
    usual = set(shape[:-1]) <= {4} or set(shape) == {1} or shape in _CARD_GROUPS
    # Two division codes side by side look like a card in groups of 6 and 12, so that only a label makes it one.
    if not usual and not _CARD_CONTEXT.search(lead):
        return False
    total = 0
    for position, character in enumerate(reversed(digits)):
        value = int(character) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_calendar_date(eight: str) -> bool:
    if not re.fullmatch(r"(?:18|19|20)\d{6}", eight):
        return False
    try:
        date(int(eight[:4]), int(eight[4:6]), int(eight[6:8]))
    except ValueError:
        return False
    return True


def _find_han_mobiles(text: str) -> Iterator[PersonalData]:
    """Find a mobile number spelled in Chinese digits, 一九九…."""
    for match in re.finditer(rf"[{''.join(_HAN_DIGITS)}0-9]{{11,}}", text):
        digits = "".join(_HAN_DIGITS.get(character, character) for character in match.group())
        if not match.group().isascii() and re.fullmatch(r"1[3-9]\d{9}", digits):
            yield PersonalData(PersonalDataKind.MOBILE, *match.span())
