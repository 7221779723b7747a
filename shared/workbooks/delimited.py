"""Read a text file of separated values (CSV) in UTF-8, UTF-16 or GB18030."""

import csv
import io

import charset_normalizer

from shared.workbooks.grid import Book, GridCell, Limits, Sheet, UnreadableFile

_SNIFFED_LINES = 20


def read_delimited(content: bytes, *, limits: Limits) -> Book:
    """
    Read the only sheet of a text file; rows are counted as records, blank ones included.

    :raises UnreadableFile: if no encoding fits, quoting is broken, or the file passes the limits
    """
    text, encoding = _decode(content)
    cells: dict[tuple[int, int], GridCell] = {}
    try:
        for row, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text)), 1):
            for column, value in enumerate(record, 1):
                if value:
                    cells[row, column] = GridCell(value)
            if row > limits.max_rows or len(cells) > limits.max_cells:
                raise UnreadableFile("file_too_many_rows")
    except csv.Error as error:
        raise UnreadableFile("file_unreadable") from error
    return Book((Sheet(None, cells),), encoding=encoding)


def _decode(content: bytes) -> tuple[str, str | None]:
    """Return the text, and its encoding where it is not UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
        # What is neither is rare (Big5 from outside the mainland): let statistics decide.
        best = charset_normalizer.from_bytes(content[:65536]).best()
        candidates += [best.encoding] if best else []
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" not in text:
            return text, None if encoding == "utf-8-sig" else encoding
    raise UnreadableFile("file_unreadable")


def _find_delimiter(text: str) -> str:
    """Return the separator that most of the first lines are full of."""
    head = "\n".join(text.splitlines()[:_SNIFFED_LINES])
    return max(",\t;", key=head.count)
