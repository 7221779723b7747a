"""The text model: deterministic, independent of the batch, blind to what is not asked for."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.scoring.term_rows import TermRows
from services.matching.scoring.text import (
    CorpusTextModel,
    SentenceEncoder,
    TermStatistics,
    Vector,
    compare_terms,
    split_terms,
)
from services.matching.scoring.wording import read_demand_text, read_supply_text
from tests.matching.scoring.builders import make_demand, make_supply

CORPUS = ["给村里的孩子送书", "为老人做假牙", "打井引水", "给老人做饭"]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def model(encoder: SentenceEncoder) -> CorpusTextModel:
    return CorpusTextModel.of_corpus(CORPUS, encoder=encoder)


def test_terms_are_characters_and_neighbouring_pairs_within_words() -> None:
    assert split_terms("送书,送书") == {"送": 2, "书": 2, "送书": 2}


@given(st.lists(st.text(st.sampled_from("村小书_a1𠀀é ,。\n"), max_size=12), max_size=6), st.integers(0, 6))
def test_many_texts_at_once_have_the_weights_of_each_alone(texts: list[str], known: int) -> None:
    counts = Counter(term for text in texts[:known] for term in split_terms(text))
    statistics = TermStatistics.of(texts[:known])
    assert list(statistics.frequencies.items()) == sorted(counts.items())
    rows, alone = statistics.weigh_all(texts), [statistics.weigh(text) for text in texts]
    assert [list(terms.items()) for terms in rows] == [list(terms.items()) for terms in alone]
    again = TermRows.of(alone)
    assert again[:] == alone
    assert again.vocabulary == rows.vocabulary


def test_a_paraphrase_is_nearer_than_another_matter(model: CorpusTextModel) -> None:
    demands = model.encode(["村里的老人牙掉光了嚼不动"])
    similarity = model.compare(demands, model.encode(["为老人做假牙", "打井引水"]))
    assert similarity.meaning.shape == (1, 2)
    assert similarity.meaning[0, 0] > similarity.meaning[0, 1]
    assert similarity.terms[0, 0] > similarity.terms[0, 1]


def test_a_pair_scores_the_same_alone_and_in_a_batch(model: CorpusTextModel) -> None:
    whole = model.compare(model.encode(CORPUS), model.encode(CORPUS))
    for row, first in enumerate(CORPUS):
        for column, second in enumerate(CORPUS):
            alone = model.compare(model.encode([first]), model.encode([second]))
            assert alone.meaning[0, 0] == whole.meaning[row, column]
            assert alone.terms[0, 0] == whole.terms[row, column]
    assert np.all(np.diag(whole.meaning) > 1 - 1e-5)


def test_an_empty_batch_has_no_similarities(model: CorpusTextModel) -> None:
    nothing = model.encode([])
    assert model.compare(nothing, nothing).meaning.shape == (0, 0)


def test_a_text_without_known_terms_is_near_nothing() -> None:
    statistics = TermStatistics.of(["一", "一"])
    assert statistics.weigh("一") == {}
    assert compare_terms([{"一": 1.0, "二": 0.0}], [{"三": 1.0}]).tolist() == [[0.0]]


def test_vectors_come_from_the_cache_where_it_has_them() -> None:
    stored = np.ones(512, dtype=np.float32)
    cache: dict[str, Vector] = {"打井": stored}
    assert np.array_equal(SentenceEncoder(cache).encode(["打井"])[0], stored)


def test_what_was_encoded_is_kept_in_the_cache(encoder: SentenceEncoder) -> None:
    cache: dict[str, Vector] = {}
    SentenceEncoder(cache).encode(["打井"])
    assert np.array_equal(cache["打井"], encoder.encode(["打井"])[0])


def test_the_model_hash_follows_the_corpus_but_not_its_order(model: CorpusTextModel, encoder: SentenceEncoder) -> None:
    assert CorpusTextModel.of_corpus(CORPUS[::-1], encoder=encoder).model_hash == model.model_hash
    assert CorpusTextModel.of_corpus(CORPUS[1:], encoder=encoder).model_hash != model.model_hash
    assert len(CorpusTextModel.of_corpus([]).model_hash) == 64


def test_what_is_already_there_is_not_asked_for() -> None:
    demand = make_demand(title="怕花样叫人拿走", description="单子不愁,钱也够用。想登记。")
    assert read_demand_text(demand) == "怕花样叫人拿走。想登记。想登记。"


def test_the_wish_is_read_twice_and_what_is_not_wanted_not_at_all() -> None:
    demand = make_demand(title="蓝板趴了窝", description="村里少收十来万。不想再铺新的,想把老的弄活。路远。")
    assert read_demand_text(demand) == "蓝板趴了窝。村里少收十来万。想把老的弄活。路远。想把老的弄活。"


def test_a_clause_that_wishes_is_always_asked_for() -> None:
    demand = make_demand(title="坑废了", description="不想再挖,想把没用的填平。")
    assert read_demand_text(demand) == "坑废了。想把没用的填平。想把没用的填平。"


def test_a_villager_s_dialect_is_put_into_standard_chinese() -> None:
    demand = make_demand(title="娃娃晌午没得吃", description="女娃在屋头,咋个办。盼望有人教。")
    assert read_demand_text(demand) == "孩子中午没有吃。女孩在家里,怎么办。希望有人教。希望有人教。"


def test_what_is_left_out_is_not_offered() -> None:
    supply = make_supply(title="建档", description="拍照存档,不办登记、不管纠纷。")
    assert read_supply_text(supply) == "建档。拍照存档,"


def test_a_text_of_nothing_but_such_clauses_is_kept() -> None:
    assert read_demand_text(make_demand(title="不缺", description="")) == "不缺。不缺。"
