"""Reference tables as files (see README.md beside), read into facts; their origin stands in each row."""
