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
        fourths = [_cut(text) for text in texts]
        for turn in range(max(map(len, fourths), default=0)):
            those = [row for row, parts in enumerate(fourths) if turn < len(parts)]
            rows[those] += self._parts[[zlib.crc32(fourths[row][turn].encode()) % 4096 for row in those]]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _cut(text: str) -> list[str]:
    step = max(1, len(text) // 4)
    return [text[start : start + step] for start in range(0, len(text), step)]


def make_text_model(corpus: Iterable[str]) -> CorpusTextModel:
    """Return a model whose term weights come from a corpus."""
    return CorpusTextModel(TermStatistics.of(corpus), StandInEncoder())  # type: ignore[arg-type]
