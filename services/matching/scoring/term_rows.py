"""The terms of many texts at once, as arrays: what ``split_terms`` counts text by text, a tenth of the time."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

_LETTER = re.compile(r"\w")
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TermCounts:
    """
    How often each term stands in each text: those of text i are the entries ``starts[i]`` to ``starts[i + 1]``.

    ``numbers`` are places in ``vocabulary``; terms of a text, and the vocabulary, stand in the order in which
    ``split_terms`` comes upon them (of each word the characters, then the pairs).
    """

    starts: Numbers
    numbers: Numbers
    counts: Numbers
    vocabulary: list[str]


class TermRows(Sequence[dict[str, float]]):
    """The weights of the terms of some texts: one dictionary for each text, kept as arrays like those of the counts."""

    def __init__(self, starts: Numbers, numbers: Numbers, weights: NDArray[np.float32], vocabulary: list[str]) -> None:
        self.starts, self.numbers, self.weights, self.vocabulary = starts, numbers, weights, vocabulary

    @classmethod
    def of(cls, texts: Sequence[Mapping[str, float]]) -> "TermRows":
        """Lay dictionaries out as arrays."""
        places: dict[str, int] = {}
        numbers = [places.setdefault(term, len(places)) for terms in texts for term in terms]
        weights = [weight for terms in texts for weight in terms.values()]
        starts = np.concatenate(([0], np.cumsum([len(terms) for terms in texts]))).astype(np.int64)
        return cls(starts, np.array(numbers, dtype=np.int64), np.array(weights, dtype=np.float32), list(places))

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.starts) - 1

    @overload
    def __getitem__(self, row: int) -> dict[str, float]: ...

    @overload
    def __getitem__(self, row: slice) -> list[dict[str, float]]: ...

    def __getitem__(self, row: int | slice) -> Any:
        """Return the terms of a text with their weights."""
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        place = range(len(self))[row]
        inside = slice(self.starts[place], self.starts[place + 1])
        names = self.vocabulary
        return dict(zip([names[one] for one in self.numbers[inside]], self.weights[inside].tolist(), strict=True))


def count_terms(texts: Sequence[str]) -> TermCounts:
    """Count the characters and the pairs of neighbouring characters of each text."""
    characters = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    alphabet, letters = _number_letters(characters)
    is_letter = letters > 0
    # A word's characters take the places (its start + their own), its pairs those from (its end + their own) on.
    gaps = np.flatnonzero(~is_letter)
    word = np.cumsum(~is_letter)
    single, double = np.flatnonzero(is_letter), np.flatnonzero(is_letter[:-1] & is_letter[1:])
    starts, ends = np.concatenate(([-1], gaps)) + 1, np.append(gaps, len(letters))
    places = np.concatenate((starts[word[single]] + single, ends[word[double]] + double))
    terms = np.concatenate((letters[single] * len(alphabet), letters[double] * len(alphabet) + letters[double + 1]))
    text_of = np.zeros(2 * len(letters) + 1, dtype=np.int32)
    owners = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text) + 1 for text in texts])
    text_of[places] = owners[np.concatenate((single, double))]

    width = len(text_of).bit_length()
    keys = terms << width | places  # below 2 ** 63 up to 2 ** 26 characters: an alphabet has fewer than 2 ** 18
    keys.sort()
    terms, places = keys >> width, keys & ((1 << width) - 1)
    texts_of_keys = text_of[places]
    is_new_term = np.ones(len(keys), dtype=bool)
    is_new_term[1:] = terms[1:] != terms[:-1]
    is_new = is_new_term.copy()
    is_new[1:] |= texts_of_keys[1:] != texts_of_keys[:-1]
    heads = np.flatnonzero(is_new)
    entry_at = np.full(len(text_of), -1)
    entry_at[places[heads]] = np.arange(len(heads))
    order = entry_at[entry_at >= 0]

    distinct = np.flatnonzero(is_new_term)
    first_comes = np.argsort(places[distinct])
    number_of = np.empty(len(distinct), dtype=np.int64)
    number_of[first_comes] = np.arange(len(distinct))
    lengths = np.bincount(texts_of_keys[heads], minlength=len(texts))
    return TermCounts(
        starts=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        numbers=number_of[(np.cumsum(is_new_term) - 1)[heads]][order],
        counts=np.diff(np.append(heads, len(keys)))[order],
        vocabulary=_spell(terms[distinct[first_comes]], alphabet),
    )


def weigh_terms(found: TermCounts, rarities: Sequence[float]) -> TermRows:
    """Weigh counted terms by their rarity, each text scaled to length 1; those whose rarity is 0 are left out."""
    rarity = np.array(rarities, dtype=np.float64)
    says = rarity > 0
    kept = says[found.numbers]
    numbers, counts = found.numbers[kept], found.counts[kept]
    repeated = np.array([1.0, *(1 + math.log(count) for count in range(1, int(counts.max(initial=1)) + 1))])
    weights = repeated[counts] * rarity[numbers]
    starts = np.concatenate(([0], np.cumsum(kept)))[found.starts]
    squares, bounds = (weights * weights).tolist(), starts.tolist()
    # Exact sums: numpy's own would depend on how many terms are added, and on the machine.
    lengths = [math.sqrt(math.fsum(squares[first:last])) or 1.0 for first, last in pairwise(bounds)]
    weights /= np.repeat(lengths, np.diff(starts))
    vocabulary = [term for term, one in zip(found.vocabulary, says.tolist(), strict=True) if one]
    return TermRows(starts, (np.cumsum(says) - 1)[numbers], weights.astype(np.float32), vocabulary)


def _number_letters(characters: NDArray[np.uint32]) -> tuple[list[str], Numbers]:
    """Return the letters there are, from number 1 on (0 is none), and the number of each character."""
    alphabet = ["", *(letter for letter in map(chr, np.unique(characters).tolist()) if _LETTER.match(letter))]
    table = np.zeros(int(characters.max(initial=0)) + 1, dtype=np.int64)
    table[[ord(letter) for letter in alphabet[1:]]] = np.arange(1, len(alphabet))
    return alphabet, table[characters]


def _spell(terms: Numbers, alphabet: list[str]) -> list[str]:
    first, second = (part.tolist() for part in np.divmod(terms, len(alphabet)))
    return [alphabet[one] + alphabet[other] for one, other in zip(first, second, strict=True)]
