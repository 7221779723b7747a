"""The thread in which all scoring is done, so that the event loop stays free; it owns the text model."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import numpy as np

from services.matching.candidates.actions.texts import TermsAloneModel
from services.matching.scoring.text import CorpusTextModel, SentenceEncoder, TermStatistics, TextModel, Vector

T = TypeVar("T")
MOST_VECTORS = 50_000  # 100 MB
MakeEncoder = Callable[[MutableMapping[str, Vector]], SentenceEncoder]


@dataclass(frozen=True)
class CountedTerms:
    """The text models of one count of terms: with the meaning of the texts, and without it."""

    model: CorpusTextModel
    alone: TermsAloneModel


class Scorer:
    """One thread for the CPU work of matching, with the vectors of known texts in memory."""

    def __init__(self, make_encoder: MakeEncoder = SentenceEncoder) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scorer")
        self._vectors: dict[str, Vector] = {}
        self._encoder = make_encoder(self._vectors)
        self._model: tuple[str, CorpusTextModel] | None = None
        self._counted: tuple[UUID, CountedTerms] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Do CPU work in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def score(self, corpus: Sequence[str], work: Callable[[TextModel], T]) -> T:
        """Do CPU work in the thread with the text model of a corpus."""
        return await self.run(lambda: work(self._find_model(corpus)))

    async def score_once(self, corpus: Sequence[str], texts: Sequence[str], work: Callable[[TextModel], T]) -> T:
        """Do CPU work with the text model of a corpus, and forget the vectors of texts that were new to it."""

        def work_and_forget() -> T:
            fresh = [text for text in texts if text not in self._vectors]
            try:
                return work(self._find_model(corpus))
            finally:
                for text in fresh:
                    self._vectors.pop(text, None)

        return await self.run(work_and_forget)

    def recall_terms(self, terms_id: UUID) -> CountedTerms | None:
        """Return the text models of a count of terms, if it is the one learnt last."""
        return self._counted[1] if self._counted and self._counted[0] == terms_id else None

    async def learn_terms(self, terms_id: UUID, read: Callable[[], TermStatistics]) -> CountedTerms:
        """Return the text models of a count of terms, and keep them in place of those of the one before."""

        def work() -> CountedTerms:
            statistics = read()
            counted = CountedTerms(CorpusTextModel(statistics, self._encoder), TermsAloneModel(statistics))
            _ = counted.model.model_hash  # computed once
            self._counted = (terms_id, counted)
            return counted

        return await self.run(work)

    async def read_weights_hash(self) -> str:
        """Return the hash of the encoder's weights."""
        return await self.run(lambda: self._encoder.weights_hash)

    def list_unknown(self, texts: Sequence[str]) -> list[str]:
        """Return the texts whose vectors are not in memory, each once."""
        return sorted({text for text in texts if text not in self._vectors})

    async def learn(self, stored: Mapping[str, bytes]) -> None:
        """Take stored vectors into memory."""

        def keep() -> None:
            self._make_room()
            self._vectors.update({text: np.frombuffer(vector, dtype="<f4") for text, vector in stored.items()})

        await self.run(keep)

    async def encode(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Encode texts and return their vectors as they are stored."""

        def work() -> Vector:
            self._make_room()
            return self._encoder.encode(texts)

        encoded = await self.run(work)
        return {text: row.astype("<f4").tobytes() for text, row in zip(texts, encoded, strict=True)}

    async def encode_once(self, text: str) -> Vector:
        """Return the vector of a text, and forget it if it was not known before."""

        def work() -> Vector:
            known = text in self._vectors
            vector: Vector = self._encoder.encode([text])[0]
            if not known:
                self._vectors.pop(text, None)
            return vector

        return await self.run(work)

    def close(self) -> None:
        """End the thread after the work under way."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _make_room(self) -> None:
        if len(self._vectors) > MOST_VECTORS:
            self._vectors.clear()

    def _find_model(self, corpus: Sequence[str]) -> CorpusTextModel:
        digest = hashlib.sha256()
        for text in corpus:
            digest.update(text.encode() + b"\0")
        name = digest.hexdigest()
        if self._model is None or self._model[0] != name:
            self._model = (name, CorpusTextModel.of_corpus(corpus, encoder=self._encoder))
        return self._model[1]
