"""Calendars (期限日历): the deadlines of an inbox, for any calendar program."""
