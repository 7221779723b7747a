"""Counts of people as everybody may see them: none so small, and no difference so small, that it points at somebody."""


def round_count(count: int | None, *, least: int) -> int | None:
    """
    Return a count rounded down to a multiple of ``least``, and nothing where it is below.

    Every public list rounds in the same way, so that the difference between any two of them is a multiple of ``least``
    too: neither a second filter nor a later day shows a count that one list leaves out. Zero stays zero.
    """
    if count is None or count == 0:
        return count
    return count // least * least or None
