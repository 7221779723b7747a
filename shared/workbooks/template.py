"""What a form consists of: its columns, their kinds, limits and the other headers they go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from functools import cached_property

from shared.workbooks.folding import fold_header, fold_label

FORM_SHEET = "填报表"
NOTES_SHEET = "填报说明"
LISTS_SHEET = "代码表"
FIRST_NOTE = "带 * 的栏目必填。"
"""The second line of the notes, by which the platform knows its own sheet of notes again."""


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    ENUM = "enum"
    MULTI_ENUM = "multi_enum"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DATE = "date"
    MONEY = "money"


@dataclass(frozen=True)
class Column:
    """
    One column of a form.

    ``labels`` gives the code of each label; ``label_aliases`` that of each label which is replaced with a warning;
    ``blank_labels`` are what people write for nothing (无).
    ``starred`` marks a column that is required under a condition which the owner of the form checks.
    """

    field: str
    header: str
    kind: Kind = Kind.TEXT
    required: bool = False
    starred: bool = False
    aliases: tuple[str, ...] = ()
    max_length: int = 100
    labels: Mapping[str, str] = attribute(default_factory=dict)
    label_aliases: Mapping[str, str] = attribute(default_factory=dict)
    blank_labels: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 10**9
    ordinal: bool = False

    @cached_property
    def codes(self) -> dict[str, str]:
        """Return the code of every folded canonical label."""
        return {fold_label(label): code for label, code in self.labels.items()}

    @cached_property
    def alias_codes(self) -> dict[str, str]:
        """Return the code of every folded alias."""
        return {fold_label(label): code for label, code in self.label_aliases.items()}


@dataclass(frozen=True)
class Template:
    """A form: its title, its columns in order, and the notes for who fills it in."""

    name: str
    title: str
    columns: tuple[Column, ...]
    unit_line: str = ""
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """
        Return the column of a field.

        :raises KeyError: if the form has no such field
        """
        return {column.field: column for column in self.columns}[name]

    def headers(self) -> dict[str, Column]:
        """Return the column of every folded header and alias."""
        return {fold_header(text): column for column in self.columns for text in (*column.aliases, column.header)}
