"""Personal data in free text is found however it is written, and official numbers are left alone."""

import random

import pytest

from shared.china.uscc import compute_check_character
from shared.privacy import PersonalDataKind, contains_personal_data, find_personal_data

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FULL_WIDTH = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")


def identity_number(rng: random.Random) -> str:
    body = f"{rng.choice(['510722', '110105', '519999', '540422'])}{rng.randint(1930, 2015)}{rng.randint(1, 12):02}"
    body += f"{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def mobile_number(rng: random.Random) -> str:
    return f"1{rng.randint(3, 9)}{rng.randint(0, 999_999_999):09}"


def bank_card(rng: random.Random, length: int) -> str:
    body = "62" + "".join(str(rng.randint(0, 9)) for _ in range(length - 3))
    return next(body + d for d in "0123456789" if luhn(body + d))


def luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def credit_code(rng: random.Random) -> str:
    body = rng.choice(["51", "52", "53"]) + rng.choice(["510722", "100000", "511902"])
    body += rng.choice(["MJ", "50", "MJW"])
    body += "".join(rng.choice("0123456789") for _ in range(17 - len(body)))
    return body + compute_check_character(body)


def grouped(digits: str, sizes: tuple[int, ...], separator: str) -> str:
    parts, position = [], 0
    for size in sizes:
        parts.append(digits[position : position + size])
        position += size
    return separator.join([*parts, digits[position:]] if digits[position:] else parts)


def positive_texts() -> list[tuple[str, str]]:
    rng = random.Random(20261122)
    frames = ["请联系{}。", "{}", "户主{}，家里漏雨", "（{}）", "备注：{}；已核", "2026年11月22日登记，{}", "共3户,{}"]
    texts = []
    for number in range(40):
        frame = frames[number % len(frames)]
        card, mobile, identity = bank_card(rng, rng.randint(16, 19)), mobile_number(rng), identity_number(rng)
        texts += [
            ("identity_card", frame.format(identity)),
            ("identity_card", frame.format(identity.translate(FULL_WIDTH))),
            ("identity_card", frame.format(grouped(identity.lower(), (6, 8), rng.choice([" ", "-", "－", "　"])))),
            ("mobile", frame.format(mobile)),
            ("mobile", frame.format(rng.choice(["+86", "86-", "0086 ", "+86 "]) + mobile)),
            ("mobile", frame.format(grouped(mobile.translate(FULL_WIDTH), (3, 4), rng.choice([" ", "-", "－"])))),
            ("bank_card", frame.format(card)),
            ("bank_card", frame.format(grouped(card, (4, 4, 4), " "))),
            ("landline", frame.format(f"0816-{rng.randint(2_000_000, 8_999_999)}")),
            ("email", frame.format(f"user{number}@example{rng.choice(['.com', '.org.cn'])}")),
        ]
    return texts


def negative_texts() -> list[str]:
    rng = random.Random(20261123)
    texts = []
    for _ in range(40):
        code = credit_code(rng)
        texts += [
            f"统一社会信用代码{code}",
            f"募捐方案备案号{code}A{rng.randint(18, 26)}{rng.randint(1, 999):03}",
            f"区划代码51{rng.randint(1000, 3499)}000000；51{rng.randint(1000, 3499)}",
            f"51{rng.randint(1000, 3499)} 51{rng.randint(1000, 3499)} 51{rng.randint(1000, 3499)}",
            f"{rng.randint(2020, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}至2027年12月31日",
            f"项目总投资1{rng.randint(3, 9)}{rng.randint(0, 999_999_999):09}元",
            f"资金{rng.randint(1, 999)},{rng.randint(0, 999):03},{rng.randint(0, 999):03}.{rng.randint(0, 99):02}元",
            f"东经{rng.uniform(98, 108):.8f}，北纬{rng.uniform(26, 34):.8f}",
            f"川民发〔{rng.randint(2015, 2026)}〕{rng.randint(1, 300)}号，编号XQ-D{rng.randint(100, 999)}",
            f"采购编号N51{rng.randint(10**9, 10**10 - 1)}，流水20261122{rng.randint(0, 999_999):06}",
        ]
    return texts


@pytest.mark.parametrize(("kind", "text"), positive_texts())
def test_personal_data_is_found_however_it_is_written(kind: str, text: str) -> None:
    assert [item.kind for item in find_personal_data(text)] == [kind]


@pytest.mark.parametrize("text", negative_texts())
def test_official_numbers_are_no_personal_data(text: str) -> None:
    assert find_personal_data(text) == ()


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("报名请拨19900000001", "mobile", "19900000001"),
        ("法人身份证519999190001010016已交", "identity_card", "519999190001010016"),
        ("一样５１９９９９１９０００１０１００１６，等钱", "identity_card", "５１９９９９１９０００１０１００１６"),
        ("可转卡号6222000000000000004，备注", "bank_card", "6222000000000000004"),
        ("卡号622200 0000000000004", "bank_card", "622200 0000000000004"),
        ("138\u200b0013\u200b8000", "mobile", "138\u200b0013\u200b8000"),
        ("电话138.0013.8000", "mobile", "138.0013.8000"),
        ("手机1380 01380 00", "mobile", "1380 01380 00"),
        ("tel13800138000", "mobile", "13800138000"),
        ("电话13800138000 人在外", "mobile", "13800138000"),
        ("一三八零零一三八零零零", "mobile", "一三八零零一三八零零零"),
        ("老身份证510722491001123", "identity_card", "510722491001123"),
        ("身份证号510722194910011231", "identity_card", "510722194910011231"),
        ("(028)86543210转3", "landline", "(028)86543210转3"),
        ("联系电话：2234567", "landline", "2234567"),
        ("zhangsan＠１６３．ｃｏｍ", "email", "zhangsan＠１６３．ｃｏｍ"),
        ("联系人：张三丰，住东头", "named_person", "张三丰"),
        ("村民王小明同志带头", "named_person", "王小明"),
    ],
)
def test_the_place_of_personal_data_is_given_in_the_original_text(text: str, kind: str, found: str) -> None:
    [item] = find_personal_data(text)
    assert (item.kind, text[item.start : item.end]) == (kind, found)


def test_two_numbers_in_one_text_are_both_found() -> None:
    kinds = [item.kind for item in find_personal_data("户主电话19900000001，身份证519999190001010016，漏雨")]
    assert kinds == [PersonalDataKind.MOBILE, PersonalDataKind.IDENTITY_CARD]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "填表人：          审核人：          填表日期：2026年11月18日",
        "户主电话未留，负责人：乡镇分管领导，联系人：村委会",
        "联系人：张某某，户主：李*",
        "编号DH13800138000",
        "510722 510722000000",
        "面积13800138000平方米",
        "138.00138000",
        "1234567890123456",
        "13800138000.50元",
        "510722194910011231",
        "51072219491001123X",
        "全国号100000000000000000",
        "电话20261122",
        "0816-20261122",
        "联系电话见附件",
        "卡号6222000000000000005",
        "6222 000000 00000000 4",
        "户号510722001001123",
        "总数6222000000000000004元",
        "ABC519999190001010016",
        "一二三四五六七八九零一",
        "统一社会信用代码 53100000500019795A",
        "org-01a21970-0153-7529-9900-5238c0f31ae7",
        "13800138-0000-4000-8000-139001390012",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert not contains_personal_data(text)


def test_a_labelled_credit_code_of_digits_is_no_identity_card() -> None:
    # A number that is a valid credit code and a valid identity number at once: the label decides.
    for serial in range(1000):
        body = f"51510720150101{serial:03}"
        code = body + compute_check_character(body)
        if code == body + "10X98765432"[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]:
            break
    assert contains_personal_data(code)
    assert not contains_personal_data(f"统一社会信用代码：{code}")
