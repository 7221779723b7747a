"""How a recorded fact of supervision can be wrong."""

from shared.errors import InvalidInput, Text


class ListedDateMissing(InvalidInput):
    """Who stands on a list has stood there since a day."""

    title = Text("缺少列入名录日期", "The day of the listing is missing")
    remedy = Text("信用状态不是正常的,须填写列入日期。", "Unless the standing is normal, name the day of the listing.")


class ListedDateUnexpected(InvalidInput):
    """Who stands on no list has no day of a listing."""

    title = Text("信用状态正常,不应有列入日期", "A normal standing has no day of a listing")
    remedy = Text("请删除列入日期,或更正信用状态。", "Remove the day, or correct the standing.")


class YearNotConcluded(InvalidInput):
    """An annual check is about a year that has begun."""

    title = Text("年检(年报)年度晚于今年", "The year of the annual check lies in the future")
    remedy = Text("请填写不晚于今年的年度。", "Name this year or an earlier one.")


class LastDayUnexpected(InvalidInput):
    """Who has no grade has no last day of one."""

    title = Text("没有评估等级,不应有有效期", "Without a grade there is no last valid day")
    remedy = Text("请删除有效期,或填写评估等级。", "Remove the day, or name the grade.")
