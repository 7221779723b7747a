"""The text model of the benchmark: real term weights, and a stand-in for the sentence embedding."""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from services.matching.scoring.text import CorpusTextModel, TermStatistics, Vector


class StandInEncoder:
    """
    Unit vectors that the text decides, in a fraction of a millisecond less than the real ones.

    What the second stage costs and how exact it is does not depend on what the vectors mean.
    """

    weights_hash = "stand-in"

    def __init__(self) -> None:
        dice = np.random.default_rng(4)
        self._parts = np.abs(dice.normal(size=(4096, 512))).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Vector:
        """Encode texts into unit rows: each is the sum of the parts that its fourths choose."""
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in enumerate(texts):
            step = max(1, len(text) // 4)
            chosen = [zlib.crc32(text[start : start + step].encode()) % 4096 for start in range(0, len(text), step)]
            rows[row] = self._parts[chosen].sum(axis=0)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def make_text_model(corpus: Iterable[str]) -> CorpusTextModel:
    """Return a model whose term weights come from a corpus."""
    return CorpusTextModel(TermStatistics.of(corpus), StandInEncoder())  # type: ignore[arg-type]
