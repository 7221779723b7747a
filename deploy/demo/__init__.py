"""The demo: the platform tells its story through the public API, as the responsible roles, on the sample workbooks."""
