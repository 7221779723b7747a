"""A mapping that was built as a whole, with what has changed in it since; readers of an older state keep theirs."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Overlay(Mapping[K, V]):
    """What changed stands beside the whole, which is never touched; ``None`` is gone."""

    def __init__(self, whole: Mapping[K, V], changed: Mapping[K, V | None] | None = None) -> None:
        self._whole, self._changed = whole, changed or {}
        self._length = len(whole) + sum((value is not None) - (key in whole) for key, value in self._changed.items())

    def __getitem__(self, key: K) -> V:
        found = self._changed[key] if key in self._changed else self._whole[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[K]:
        yield from (key for key in self._whole if key not in self._changed)
        yield from (key for key, value in self._changed.items() if value is not None)

    def __len__(self) -> int:
        return self._length

    def change(self, changed: Mapping[K, V | None]) -> "Overlay[K, V]":
        """Return the mapping with further changes."""
        return Overlay(self._whole, {**self._changed, **changed}) if changed else self
