"""What pydantic found wrong, said to a person in Chinese or English without repeating the value."""

from typing import Any

from pydantic_core import PydanticCustomError

from shared.errors import Text

TEXTS = {
    "missing": Text("必填,请补充。", "This field is required."),
    "extra_forbidden": Text(
        "没有这个字段,请删除或检查拼写。", "There is no such field; remove it or check its spelling."
    ),
    "string_type": Text("应为文本。", "Must be a text."),
    "string_too_short": Text("至少 {min_length} 个字符。", "At least {min_length} characters."),
    "string_too_long": Text("最多 {max_length} 个字符。", "At most {max_length} characters."),
    "string_pattern_mismatch": Text("格式不符合要求:{pattern}", "Does not match the form {pattern}"),
    "int_type": Text("应为整数。", "Must be a whole number."),
    "int_parsing": Text("应为整数。", "Must be a whole number."),
    "int_from_float": Text("应为整数,不带小数。", "Must be a whole number without a fraction."),
    "bool_type": Text("应为 true 或 false。", "Must be true or false."),
    "bool_parsing": Text("应为 true 或 false。", "Must be true or false."),
    "greater_than": Text("应大于 {gt}。", "Must be greater than {gt}."),
    "greater_than_equal": Text("不得小于 {ge}。", "Must be at least {ge}."),
    "less_than": Text("应小于 {lt}。", "Must be less than {lt}."),
    "less_than_equal": Text("不得大于 {le}。", "Must be at most {le}."),
    "enum": Text("不在代码表中,可用:{expected}", "Not in the code list; known are {expected}"),
    "literal_error": Text("可用的值:{expected}", "Known values are {expected}"),
    "uuid_parsing": Text("应为 UUID。", "Must be a UUID."),
    "uuid_type": Text("应为 UUID。", "Must be a UUID."),
    "date_from_datetime_parsing": Text("应为日期,如 2026-11-22。", "Must be a date such as 2026-11-22."),
    "date_parsing": Text("应为日期,如 2026-11-22。", "Must be a date such as 2026-11-22."),
    "date_type": Text("应为日期,如 2026-11-22。", "Must be a date such as 2026-11-22."),
    "datetime_from_date_parsing": Text(
        "应为时间,如 2026-11-22T08:00:00Z。", "Must be a time such as 2026-11-22T08:00:00Z."
    ),
    "timezone_aware": Text("时间应带时区。", "The time must carry its time zone."),
    "list_type": Text("应为数组。", "Must be an array."),
    "too_short": Text("至少 {min_length} 项。", "At least {min_length} items."),
    "too_long": Text("最多 {max_length} 项。", "At most {max_length} items."),
    "model_attributes_type": Text("应为 JSON 对象。", "Must be a JSON object."),
    "model_type": Text("应为 JSON 对象。", "Must be a JSON object."),
    "dict_type": Text("应为 JSON 对象。", "Must be a JSON object."),
    "url_parsing": Text("应为完整网址。", "Must be a complete URL."),
    "url_scheme": Text("网址协议应为 {expected_schemes}。", "The scheme must be {expected_schemes}."),
}
OTHER = Text("值不符合要求,请对照接口文档检查。", "The value is not valid; check it against the API document.")


def rule_broken(code: str, text: Text) -> PydanticCustomError:
    """Return the error to raise in a validator for a rule of our own, with its texts in both languages."""
    return PydanticCustomError(code, "{en}", {"zh": text.zh, "en": text.en})


def describe(detail: dict[str, Any], language: str) -> str:
    """
    Return one sentence on what is wrong with a field.

    A rule of our own carries its texts in ``ctx`` as ``zh`` and ``en`` (see :func:`rule_broken`).
    """
    context = detail.get("ctx", {})
    if language in context:
        return str(context[language])
    text = TEXTS.get(detail["type"], OTHER)
    return str(getattr(text, language)).format_map(_Known(context))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
