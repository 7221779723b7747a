"""Search by single characters and pairs of them, in PostgreSQL."""

import pytest
from sqlalchemy import text

from shared.search import search_query, search_vector
from shared.testing import Postgres


def test_a_text_is_found_by_characters_pairs_and_words() -> None:
    assert search_vector("核桃 A12！", None, "Ａ12") == "'a12' '核' '核桃' '桃'"


@pytest.mark.parametrize(
    ("asked", "query"), [("核", "'核'"), ("核桃树", "'核桃' & '桃树'"), ("核 B-2", "'核' & 'b' & '2'")]
)
def test_every_part_of_what_is_asked_must_be_there(asked: str, query: str) -> None:
    assert search_query(asked) == query


@pytest.mark.parametrize("asked", ["", "  ", "!'\\&|", "\x00"])
def test_nothing_is_asked_by_signs_alone(asked: str) -> None:
    assert search_query(asked) is None


@pytest.mark.parametrize("odd", ["it's \\ 'quoted' & | ! :*", "山'; drop table x --", "长" * 3000, "a" * 3000])
async def test_postgresql_reads_what_is_built_from_any_text(postgres: Postgres, odd: str) -> None:
    async with postgres.savepoints("projects") as database, database.transaction() as session:
        found = await session.execute(
            text("select cast(:vector as text)::tsvector @@ cast(:query as text)::tsquery"),
            {"vector": search_vector(odd), "query": search_query(odd)},
        )
        assert found.scalar_one() is True
