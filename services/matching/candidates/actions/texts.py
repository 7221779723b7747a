"""The text model of a market in memory: the weights of its terms stay, vectors come from where they are stored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local

import numpy as np

from services.matching.scoring.fit import UNKNOWN
from services.matching.scoring.text import (
    SIMILARITY_DIGITS,
    CorpusTextModel,
    SentenceEncoder,
    TermStatistics,
    TextSimilarity,
    TextVectors,
    Vector,
)

ReadVectors = Callable[[Sequence[str]], Mapping[str, Vector]]
"""Reads the vectors of saved texts; called in any thread, and it may wait."""


class StoredVectors(SentenceEncoder):
    """Stands where the sentence embedding stands, and encodes nothing: vectors are given or read."""

    def __init__(self, weights_hash: str, read: ReadVectors) -> None:
        super().__init__()
        self.weights_hash = weights_hash
        self._read = read
        self._given = local()

    @contextmanager
    def given(self, vectors: Mapping[str, Vector]) -> Iterator[None]:
        """Use these vectors in this thread, and forget them at the end."""
        self._given.vectors = vectors
        try:
            yield
        finally:
            self._given.vectors = {}

    def encode(self, texts: Sequence[str]) -> Vector:
        """Return unit rows of shape (n, 512)."""
        given: Mapping[str, Vector] = getattr(self._given, "vectors", {})
        missing = [text for text in texts if text not in given]
        read = self._read(missing) if missing else {}
        rows = [given[text] if text in given else read[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, 512), dtype=np.float32)


class LiveTextModel(CorpusTextModel):
    """Term weights of the corpus of one build; a term that came later weighs as one that no text had."""

    def __init__(self, statistics: TermStatistics, vectors: StoredVectors) -> None:
        super().__init__(statistics, vectors)
        self.vectors = vectors
        self._later: set[str] = set()
        self._draft = local()

    def encode(self, texts: Sequence[str]) -> TextVectors:
        """Encode texts; of a draft only the terms that stand in saved texts too, for no other can be in common."""
        encoded = super().encode(texts)
        known = self._statistics.frequencies
        if getattr(self._draft, "is_here", False):
            kept = [{term: weight for term, weight in terms.items() if term in known or term in self._later}
                    for terms in encoded.terms]  # fmt: skip
            return TextVectors(embeddings=encoded.embeddings, terms=tuple(kept))
        self._later.update(term for terms in encoded.terms for term in terms if term not in known)
        return encoded

    @contextmanager
    def draft(self, vectors: Mapping[str, Vector]) -> Iterator[None]:
        """Encode the text of a draft in this thread, and keep nothing of it."""
        self._draft.is_here = True
        try:
            with self.vectors.given(vectors):
                yield
        finally:
            self._draft.is_here = False


class TermsAloneModel(CorpusTextModel):
    """The text model of the engine's first stage: nobody knows yet what the texts mean."""

    def encode(self, texts: Sequence[str]) -> TextVectors:
        """Encode texts by their terms."""
        terms = tuple(self._statistics.weigh(text) for text in texts)
        return TextVectors(embeddings=np.zeros((len(texts), 0), dtype=np.float32), terms=terms)

    @property
    def model_hash(self) -> str:
        """Return nothing: what is chosen is scored again."""
        return ""

    def compare(self, demands: TextVectors, supplies: TextVectors) -> TextSimilarity:
        """Compare every demand with every supply; the meaning is unknown. For few demands this is the faster way."""
        terms = np.array(
            [
                [sum(weight * other[term] for term, weight in one.items() if term in other) for other in supplies.terms]
                for one in demands.terms
            ]
        ).reshape(len(demands.terms), len(supplies.terms))
        return TextSimilarity(
            meaning=np.full(terms.shape, UNKNOWN), terms=np.round(np.clip(terms, 0.0, 1.0), SIMILARITY_DIGITS)
        )
