"""Batch runs (批量匹配): all open demands against all listed supplies, as an operation that may be repeated."""
