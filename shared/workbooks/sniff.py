"""Recognise what a file really is by its first bytes, whatever its name says."""

import io
import zipfile
from enum import StrEnum
from pathlib import PurePath

from shared.workbooks.delimited import read_delimited
from shared.workbooks.grid import Book, Limits, UnreadableFile
from shared.workbooks.xlsx import read_xlsx

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RAW_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_OTHER_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")
_NAMES = {".xlsx": "workbook", ".xlsm": "workbook", ".csv": "text", ".txt": "text", ".tsv": "text"}


class Content(StrEnum):
    """What the bytes are."""

    WORKBOOK = "workbook"
    TEXT = "text"
    OTHER = "other"


def sniff_content(content: bytes) -> Content:
    """Tell an xlsx workbook, a text, and anything else (old .xls, web page, encrypted workbook) apart."""
    head = content[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return Content.WORKBOOK if "xl/workbook.xml" in archive.namelist() else Content.OTHER
        except zipfile.BadZipFile:
            return Content.WORKBOOK
    if content.startswith((_OLE, *_RAW_BIFF, *_OTHER_BINARY)) or head.startswith(_MARKUP):
        return Content.OTHER
    return Content.TEXT


def read_book(content: bytes, *, filename: str, limits: Limits) -> Book:
    """
    Read a file by its content; a name that promises something else is reported.

    :raises UnreadableFile: ``file_format_mismatch`` for what is neither xlsx nor text, or as the readers raise
    """
    if not content.strip():
        raise UnreadableFile("file_empty")
    if len(content) > limits.max_bytes:
        raise UnreadableFile("file_too_large")
    kind = sniff_content(content)
    if kind is Content.OTHER:
        raise UnreadableFile("file_format_mismatch")
    book = read_xlsx(content, limits=limits) if kind is Content.WORKBOOK else read_delimited(content, limits=limits)
    promised = _NAMES.get(PurePath(filename).suffix.lower(), "other")
    return Book(book.sheets, encoding=book.encoding, mismatch=promised != kind.value)
