"""Compare a row with the earlier ones of its file: the same number, or the same content under another number."""

from shared.workbooks.folding import fold_prose
from shared.workbooks.reports import RowDraft


class EarlierRows:
    """The numbers and contents of the rows already checked."""

    def __init__(self) -> None:
        self._numbers: set[str] = set()
        self._contents: set[tuple[str, ...]] = set()

    def check(self, draft: RowDraft, *content: str) -> None:
        """Refuse a repeated number, warn of content that differs in spaces and punctuation only; remember the row."""
        number = draft.text("source_number").upper()
        folded = tuple(fold_prose(draft.text(name)) for name in content)
        if number and number in self._numbers:
            draft.add_error("duplicate_in_file", "source_number")
        elif all(folded) and folded in self._contents:
            draft.add_warning("near_duplicate_in_file", "title")
        self._numbers.add(number)
        self._contents.add(folded)
