"""The peer that many would build: one careful SQL query over PostgreSQL, all parts but the text, an array index."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import asyncpg

from services.matching.engine.encoding import list_ancestors
from services.matching.scoring.facts import DemandFacts, Offer
from services.matching.scoring.gates import is_valid_fundraiser
from shared.contracts.codes import BeneficiaryGroup, FieldCode, HelpForm
from shared.embedded_postgres import EmbeddedPostgres

_TABLE = """
CREATE TABLE supply (
  id text, regions text[], fields int, forms int, groups int, mode text, money bigint, may_raise bool, plans bool,
  legal bool, abnormal bool, failed bool, first date, last date, record real, level text, home text
)
"""
_QUERY = """
SELECT id, (
    2 * ((fields & $2 > 0)::int + bit_count((fields & $2)::bit(32))::real / $3) / 2
  + 4 * ((forms & $4 > 0)::int + bit_count((forms & $4)::bit(32))::real / $5) / 2
  + 4 * ((groups & $6 > 0)::int + bit_count((groups & $6)::bit(32))::real / $7) / 2
  + 16 * CASE WHEN money = 0 THEN 0 ELSE (1 + coalesce(least(1, money::real / nullif($8::bigint, 0)), 0.5)) / 2 END
  + 4 * record
  + 4 * CASE WHEN mode IS NULL OR $9::text IS NULL THEN 0.5 WHEN 'both' IN (mode, $9) OR mode = $9 THEN 1 ELSE 0 END
  + 3 * coalesce(greatest(0, (least(last, $11::date) - greatest(first, $10::date) + 1)::real / ($11 - $10 + 1)), 0.5)
) / 100 + CASE WHEN $12 THEN 0 ELSE
    0.003 * (level IN ('national', 'provincial'))::int + 0.01 * (home = $13)::int END AS total
FROM supply
WHERE regions && $1
  AND (first IS NULL OR $11::date IS NULL OR first <= $11) AND (last IS NULL OR $10::date IS NULL OR last >= $10)
  AND (may_raise OR NOT (plans OR $14)) AND (NOT $12 OR (legal AND NOT abnormal AND NOT failed))
ORDER BY (abnormal OR failed), total DESC, id LIMIT 50
"""


def time_sql(offers: Sequence[Offer], demands: Sequence[DemandFacts], *, as_of: date) -> float:
    """Return the seconds of one demand, the mean over some, on one core."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data", durable=False, stop_with_parent=True)
        with server:
            return asyncio.run(_time(server.dsn("postgres", scheme="postgresql"), offers, demands, as_of))


async def _time(dsn: str, offers: Sequence[Offer], demands: Sequence[DemandFacts], as_of: date) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET max_parallel_workers_per_gather = 0")
        await connection.execute(_TABLE)
        rows = [_make_row(offer, as_of) for offer in offers if _may_stand(offer)]
        await connection.copy_records_to_table("supply", records=rows)
        await connection.execute("CREATE INDEX ON supply USING gin (regions)")
        await connection.execute("ANALYZE supply")
        query = await connection.prepare(_QUERY)
        await query.fetch(*_ask(demands[0]))
        started = time.perf_counter()
        for demand in demands:
            await query.fetch(*_ask(demand))
        return (time.perf_counter() - started) / len(demands)
    finally:
        await connection.close()


def _may_stand(offer: Offer) -> bool:
    organization, supply = offer.organization, offer.supply
    return (
        organization.registration_status == "normal"
        and organization.enrolment_status != "left"
        and organization.credit_status != "seriously_illegal"
        and supply.capacity_used < supply.capacity_total
    )


def _make_row(offer: Offer, as_of: date) -> tuple[object, ...]:
    supply, organization = offer.supply, offer.organization
    own = organization.public_fundraising
    may_raise = (own is not None and own.is_valid_on(as_of)) or is_valid_fundraiser(
        organization.cooperating_fundraiser, as_of=as_of
    )
    grade = int(organization.assessment.grade[0]) / 5 if organization.assessment else 0.0
    return (
        supply.supply_id, list(supply.service_regions), _mask(supply.fields, FieldCode),
        _mask(supply.help_forms, HelpForm),
        _mask(supply.groups, BeneficiaryGroup), supply.assist_mode, supply.budget_fen, may_raise,
        supply.plans_public_fundraising, organization.is_legal_person, organization.credit_status == "abnormal",
        organization.annual_check in ("failed", "not_taken"), supply.starts_on, supply.ends_on, grade,
        organization.level, organization.registered_division,
    )  # fmt: skip


def _ask(demand: DemandFacts) -> tuple[object, ...]:
    return (
        list_ancestors(demand), _mask(demand.fields, FieldCode), max(1, len(demand.fields)),
        _mask(demand.help_forms, HelpForm), max(1, len(demand.help_forms)),
        _mask(demand.groups, BeneficiaryGroup), max(1, len(demand.groups)), demand.open_need_fen, demand.assist_mode,
        demand.starts_on, demand.ends_on, demand.is_government_purchase, demand.division_code[:6],
        demand.requires_public_fundraising,
    )  # fmt: skip


def _mask(codes: frozenset[str], kind: type[FieldCode] | type[HelpForm] | type[BeneficiaryGroup]) -> int:
    return sum(1 << place for place, code in enumerate(kind) if code.value in codes)
