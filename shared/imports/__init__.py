"""The import of workbooks, one mechanism for every kind of file: taken once, judged, applied in steps, reported."""
