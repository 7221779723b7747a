"""Of 200 generated texts with personal data all are refused with the place, and of 200 tricky ones without it none."""

import random
from datetime import date, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.china.uscc import compute_check_character
from shared.free_text import FreeProse
from shared.privacy import find_personal_data
from shared.validation_texts import describe

SEED = 20261126
FULL_WIDTH = str.maketrans("0123456789Xx-@.", "０１２３４５６７８９Ｘｘ－＠．")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
COUNTIES = ("510722", "513431", "110105", "440304", "620102", "540422", "650121", "810000")
AREAS = ("010", "020", "021", "028", "0816", "0834", "0755")
CARDS = ("622202", "621661", "622848", "621700", "955880", "436742", "356895", "520169", "405512")
SEPARATORS = ("", "", " ", "-", "－", "　", "—", "\u200b")
FRAMES = (
    "{}", "有意者请联系{}。", "户主本人({}),家里漏雨", "备注:{};已核", "2026年11月22日登记,{},共3户",
    "张家沟村十二户,{},等待安排", "说明\n{}\n以上属实", "项目编号XQ-D017,{}", "预算120000元,{}",
)  # fmt: skip


def identity_card(rng: random.Random) -> str:
    born = date(1935, 1, 1) + timedelta(days=rng.randrange(30_000))
    body = f"{rng.choice(COUNTIES)}{born:%Y%m%d}{rng.randrange(1000):03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def old_identity_card(rng: random.Random) -> str:
    born = date(1935, 1, 1) + timedelta(days=rng.randrange(18_000))
    return f"身份证{rng.choice(COUNTIES)}{born:%y%m%d}{rng.randrange(1000):03}"


def bank_card(rng: random.Random) -> str:
    length = rng.choice((16, 19))
    body = rng.choice(CARDS) + "".join(str(rng.randrange(10)) for _ in range(length - 7))
    return next(body + digit for digit in "0123456789" if fits_luhn(body + digit))


def fits_luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def spread(rng: random.Random, digits: str, *shapes: tuple[int, ...]) -> str:
    """Write digits in one of the usual groups, or one by one, with something between, perhaps in full width."""
    separator, shape = rng.choice(SEPARATORS), rng.choice([*shapes, (1,) * len(digits)])
    groups, place = [], 0
    for size in shape:
        groups.append(digits[place : place + size])
        place += size
    written = separator.join(group for group in [*groups, digits[place:]] if group)
    return written.translate(FULL_WIDTH) if rng.random() < 0.3 else written


def mobile(rng: random.Random) -> str:
    number = f"1{rng.choice('3456789')}{rng.randrange(10**9):09}"
    return rng.choice(("", "", "", "+86 ", "86-")) + spread(rng, number, (3, 4, 4), (3, 8), (11,))


def landline(rng: random.Random) -> str:
    area = rng.choice(AREAS)
    local = f"{rng.randint(2, 8)}{rng.randrange(10 ** (10 - len(area))):0{10 - len(area)}}"[
        : 8 if len(area) == 3 else 7
    ]
    written = rng.choice(("{}-{}", "({}){}", "{} {}", "{}{}")).format(area, local)
    return written.translate(FULL_WIDTH) if rng.random() < 0.3 else written


def email(rng: random.Random) -> str:
    name = rng.choice(("zhang.san", "li_si88", "wang-wu", "13800138000", "village2026"))
    written = f"{name}@{rng.choice(('example.com', 'qq.com', '163.com', 'mail.example.org.cn'))}"
    return written.translate(FULL_WIDTH) if rng.random() < 0.3 else written


KINDS = {
    "identity_card": lambda rng: spread(rng, identity_card(rng), (6, 8, 4), (6, 4, 4, 4), (18,)),
    "old_identity_card": old_identity_card,
    "mobile": mobile,
    "landline": landline,
    "bank_card": lambda rng: spread(rng, bank_card(rng), (4, 4, 4, 4), (19,)),
    "email": email,
}


def positives() -> list[tuple[str, str]]:
    rng, made = random.Random(SEED), []
    weighted = ["identity_card", "mobile", "bank_card"] * 2 + ["landline", "email", "old_identity_card"]
    while len(set(made)) < 200:
        kind = weighted[len(made) % len(weighted)]
        made.append((kind.removeprefix("old_"), rng.choice(FRAMES).format(KINDS[kind](rng))))
    return [*dict.fromkeys(made)][:200]


def credit_code(rng: random.Random) -> str:
    body = rng.choice(("51", "52", "53", "11", "91", "54")) + rng.choice(COUNTIES)
    body += "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))  # pragma: allowlist secret
    return body + compute_check_character(body)


def negatives() -> list[str]:
    rng = random.Random(SEED + 1)
    made: list[str] = []
    while len(set(made)) < 200:
        code, year, day = credit_code(rng), rng.randint(2015, 2030), date(2020, 1, 1) + timedelta(rng.randrange(3000))
        county = rng.choice(COUNTIES)
        made += [
            f"统一社会信用代码:{code}",
            f"承接方{code},备案号{code}A{rng.randint(18, 26)}{rng.randint(1, 999):03}",
            f"慈善募捐备案编号:{code}C{rng.randint(17, 26)}{rng.randint(1, 999):03}",
            f"区划代码{county}000000、{county}{rng.randint(100, 399)}000",
            f"覆盖{county} {rng.choice(COUNTIES)} {rng.choice(COUNTIES)}三个县",
            f"{county}{rng.randint(100, 399)}{rng.randint(200, 299)} {county}{rng.randint(100399, 399299)}",
            f"期限{day:%Y-%m-%d}至{day + timedelta(400):%Y-%m-%d}",
            f"{day:%Y%m%d}-{day + timedelta(90):%Y%m%d},{day:%Y/%m/%d}验收",
            f"{year}-{year + 1}学年,{year}—{year + 3}年三年行动",
            f"{year}、{year + 1}、{year + 2}年度,1990-{year} {rng.randint(100, 999)}个站点的气象资料",
            f"总投资1{rng.randint(3, 9)}{rng.randrange(10**9):09}元,已到位{rng.randrange(10**8)}元",
            f"预算{rng.randrange(1, 99)},{rng.randrange(1000):03},{rng.randrange(1000):03}.{rng.randrange(100):02}元",
            f"川农函〔{year}〕{rng.randint(1, 999)}号、国乡振发[{year}]{rng.randint(1, 40)}号、民发({year})19号",
            f"采购编号N51{rng.randrange(10**10):010},标段{rng.randint(1, 9)}",
            f"坐标{rng.uniform(98, 108):.7f},{rng.uniform(26, 34):.7f},海拔{rng.randint(300, 4500)}米",
            f"需{rng.randint(100, 9999)}人次、{rng.randint(10, 999)}户,人均{rng.randint(100, 99999)}元",
            f"DB51/T {rng.randint(1000, 3999)}-{year},GB/T {rng.randint(10000, 45000)}-{year},GB 32100-2015",
            f"合同编号HT-{day:%Y%m%d}-{rng.randint(1, 9999):04},凭证{rng.randrange(10**6):06}",
            f"第{rng.randint(1, 60)}批,编号SC{year}{rng.randint(1, 9999):04}-{rng.randint(1, 99):02}",
            f"国道G5{rng.randint(10, 99)} K{rng.randint(10, 99)}+{rng.randint(100, 999)}处,{rng.randint(1, 90)}.5公里",
        ]  # fmt: skip
    return [*dict.fromkeys(made)][:200]


@pytest.mark.parametrize(("kind", "text"), positives())
def test_personal_data_is_refused_with_its_place_and_not_repeated(kind: str, text: str) -> None:
    found = find_personal_data(text)
    assert [item.kind.value for item in found] == [kind]
    value = text[found[0].start : found[0].end]
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(FreeProse).validate_python(text)
    [detail] = refused.value.errors(include_input=False)
    for language in ("zh", "en"):
        said = describe(dict(detail), language)
        assert str(found[0].start + 1) in said
        assert str(found[0].end) in said
        assert value not in said


@pytest.mark.parametrize("text", negatives())
def test_what_only_looks_like_it_is_taken(text: str) -> None:
    assert find_personal_data(text) == ()
    assert TypeAdapter(FreeProse).validate_python(text) == text


def test_there_are_two_hundred_of_each() -> None:
    assert len({text for _, text in positives()}) == 200
    assert len({*negatives()}) == 200
