"""A sheet as rows of cells, whatever file it came from."""

from dataclasses import dataclass, field

from shared.workbooks.cells import Raw, is_blank


class UnreadableFile(Exception):
    """The file cannot be read at all; ``code`` is the finding that says why."""

    def __init__(self, code: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


@dataclass(frozen=True)
class Limits:
    """How large a file may be."""

    max_bytes: int = 20 * 1024 * 1024
    max_unpacked_bytes: int = 200 * 1024 * 1024
    max_ratio: int = 200
    max_rows: int = 20_000
    max_cells: int = 1_000_000


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: its value (of a formula the cached one), and where the value comes from."""

    value: Raw = None
    formula: str | None = None
    filled_down: bool = False

    @property
    def blank(self) -> bool:
        """Tell whether nothing stands in the cell; a formula without a cached value does stand there."""
        return self.formula is None and is_blank(self.value)


EMPTY = GridCell()


@dataclass(frozen=True)
class Sheet:
    """A sheet: sparse cells by (row, column), both from 1, and the rows merged over many columns."""

    title: str | None
    cells: dict[tuple[int, int], GridCell]
    hidden: bool = False
    wide_rows: frozenset[int] = frozenset()
    row_numbers: tuple[int, ...] = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out the rows that hold anything, and the last column that does."""
        present = [position for position, cell in self.cells.items() if not cell.blank]
        object.__setattr__(self, "row_numbers", tuple(sorted({row for row, _ in present})))
        object.__setattr__(self, "width", max((column for _, column in present), default=0))

    def cell(self, row: int, column: int) -> GridCell:
        """Return a cell, an empty one where nothing stands."""
        return self.cells.get((row, column), EMPTY)

    def row(self, number: int) -> list[GridCell]:
        """Return the cells of a row from the first to the last column of the sheet."""
        return [self.cell(number, column) for column in range(1, self.width + 1)]


@dataclass(frozen=True)
class Book:
    """The sheets of a file; ``encoding`` is set for text files that are not UTF-8."""

    sheets: tuple[Sheet, ...]
    encoding: str | None = None
    mismatch: bool = False
