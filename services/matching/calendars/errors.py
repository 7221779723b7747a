"""How a calendar can be refused."""

from shared.errors import Conflict, NotFound, Text


class CalendarNotFound(NotFound):
    """There is no such calendar, or it is another's, or it was revoked."""

    title = Text("没有这个日历", "There is no such calendar")
    remedy = Text("日历地址可能已撤销,请重新生成。", "Its address may have been revoked; make another.")


class TooManyCalendars(Conflict):
    """The owner has as many calendars as it may."""

    title = Text("日历已达上限", "You have as many calendars as you may")
    remedy = Text("最多 {most} 个,请先删除不再使用的。", "At most {most}; delete one that is not used any more.")
