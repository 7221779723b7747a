"""Compare a row with the earlier ones of its file: the same number, or the same content under another number."""

from shared.workbooks.folding import fold_prose
from shared.workbooks.reports import RowDraft


class EarlierRows:
    """The numbers and contents of the rows already checked."""

    def __init__(self) -> None:
        self._numbers: dict[str, RowDraft] = {}
        self._contents: dict[tuple[str, ...], RowDraft] = {}

    def check(self, draft: RowDraft, *content: str) -> None:
        """Refuse a repeated number, warn of content that differs in spaces and punctuation only; remember the row."""
        number = draft.text("source_number").upper()
        folded = tuple(fold_prose(draft.text(name)) for name in content)
        if number and number in self._numbers:
            draft.add_error("duplicate_in_file", "source_number", **self._numbers[number].tell_apart())
        elif all(folded) and folded in self._contents:
            draft.add_warning("near_duplicate_in_file", "title", same_row=str(self._contents[folded].number))
        self._numbers.setdefault(number, draft)
        self._contents.setdefault(folded, draft)
