"""Measure matching against its bars: ``python -m bench.matching [--size N] [--json FILE]``."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.matching.allocating import measure_places
from bench.matching.http import LEAST_SERVED, measure_http
from bench.matching.measuring import (
    THREADS,
    K,
    Market,
    build_market,
    check_exactness,
    describe_market,
    measure_online,
    measure_rematch,
    measure_sql,
    read_peak_rss,
    tell,
)
from bench.matching.province import PROVINCE_SIZE, count_provinces

_GIGABYTE = 1e9
FULL_SIZE = PROVINCE_SIZE
"""Below it, peers are too small to be compared with: exactness alone decides."""


@dataclass(frozen=True)
class Bar:
    """A bar and what a run says about it; ``passed`` is None where this run does not measure it."""

    name: str
    bar: str
    measured: str
    passed: bool | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 unless every bar that was measured is met (below the full size: exactness alone)."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    parser.add_argument("--size", type=int, default=PROVINCE_SIZE, help="supplies, and as many demands")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--sample", type=int, help="demands compared with the oracle (500; of several provinces, 20)")
    parser.add_argument("--skip-sql", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--sql", action="store_true", help="do not leave it out where there are several provinces")
    parser.add_argument(
        "--province-size", type=int, default=PROVINCE_SIZE, help="of one province; measured before more"
    )
    options = parser.parse_args(arguments)
    grown = options.size > options.province_size
    figures = measure_first(options.province_size) if grown else {}
    figures |= measure(
        options.size,
        options.province_size,
        sample=options.sample or (20 if grown else 500),
        sql=not options.skip_sql and (options.sql or not grown),
    )
    if options.size >= LEAST_SERVED:
        tell("over HTTP …")
        figures |= measure_http(options.size)
    bars = judge(figures)
    print_bars(figures, bars)
    met = [bar.passed for bar in bars if bar.passed is not None]
    passed = all(met) if options.size >= FULL_SIZE else bool(bars[0].passed)
    allocation = measure_allocation() if options.size >= FULL_SIZE else None
    if allocation is not None:
        passed = passed and bool(allocation["passed"])
    if options.json:
        report = {"figures": figures, "bars": [asdict(bar) for bar in bars], "allocation": allocation, "passed": passed}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if passed else 1


def measure(size: int, province_size: int, *, sample: int, sql: bool) -> dict[str, float]:
    """Measure a market of a size; the places only of a single province, whose graph of candidates fits in memory."""
    tell(f"{size:,} supplies and {size:,} demands, provinces: {count_provinces(size, province_size)} …")
    market = build_market(size, province_size)
    figures = describe_market(market)
    tell("matching everything, the floor, brute force …")
    matched, measured = measure_rematch(market)
    figures |= measured
    tell("the oracle …")
    figures |= check_exactness(market, matched, sample)
    if size <= province_size:
        figures |= _measure_places(market)
    tell("single questions …")
    figures |= measure_online(market, min(400, size))
    if sql:
        tell("PostgreSQL …")
        figures |= measure_sql(market, min(20, size))
    return figures | {"peak_rss_bytes": read_peak_rss()}


def measure_first(size: int) -> dict[str, float]:
    """Measure a single province, to tell how a larger market grows from it; nothing of it stays in memory."""
    tell(f"first {size:,} supplies and {size:,} demands of one province …")
    market = build_market(size)
    figures = describe_market(market) | measure_rematch(market)[1] | measure_online(market, min(400, size))
    return {f"first_{name}": value for name, value in figures.items()} | _measure_places(market)


def _measure_places(market: Market) -> dict[str, float]:
    tell("places …")
    return {"places_size": len(market.demands), **measure_places(market, k=K, threads=THREADS)}


def measure_allocation() -> dict[str, Any] | None:
    """Run the benchmark of the allocation where there is one: it prints its own table and judges its own bars."""
    if find_spec("bench.allocation") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "allocation.json"
        code = subprocess.run([sys.executable, "-m", "bench.allocation", "--json", str(path)], check=False).returncode
        figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {"figures": figures, "passed": code == 0}


def judge(figures: dict[str, float]) -> list[Bar]:
    """Return every bar of the design with what was measured."""
    most_memory = 1.5 if figures["size"] <= FULL_SIZE else 6.0
    fill = figures["fill_less_developed"] / max(1e-9, figures["fill_of_others"])
    sample, equal = figures["exact_sample"], figures["exact_equal"]
    return [
        Bar("exact top-50", "all equal to the oracle", f"{equal:.0f} of {sample:.0f}", bool(equal == sample)),
        *_compare(figures, "first_stage_seconds", "first stage"),
        *_compare(figures, "rematch_seconds", "both stages"),
        _bar("gap over all pairs, %", 100 * figures["allocation_gap_over_all_pairs"], "≤ 0.1", lambda it: it <= 0.1),
        _bar("less developed / others, filled", fill, "≥ 1", lambda it: it >= 1),
        _bar("cost of the tilt, %", 100 * figures["tilt_cost"], "≤ 0.1", lambda it: it <= 0.1),
        _bar("online p99 / p50", figures["online_p99_ms"] / figures["online_p50_ms"], "≤ 2.5", lambda it: it <= 2.5),
        *_compare_http(figures),
        _bar("memory, GB", figures["memory_bytes"] / _GIGABYTE, f"< {most_memory}", lambda it: it < most_memory),
        *(_compare_growth(figures) if "first_size" in figures else ()),
    ]


def _compare_growth(figures: dict[str, float]) -> list[Bar]:
    """Compare with the single province: ten times as much may take 25 times as long, other sizes in proportion."""
    size, first = figures["size"], figures["first_size"]
    slower, longer = (figures[name] / figures[f"first_{name}"] for name in ("online_p99_ms", "rematch_seconds"))
    most = 2.5 * size / first
    return [
        _bar(f"online p99, {size:,.0f} / {first:,.0f}", slower, "≤ 2", lambda it: it <= 2),
        _bar(f"whole job, {size:,.0f} / {first:,.0f}", longer, f"≤ {most:g}", lambda it: it <= most),
    ]


def _compare(figures: dict[str, float], name: str, label: str) -> list[Bar]:
    seconds = figures[name]
    bars = [
        _bar(f"{label} / floor", seconds / figures["floor_seconds"], "≤ 3", lambda it: it <= 3),
        _bar(f"numba brute force / {label}", figures["brute_force_seconds"] / seconds, "≥ 12", lambda it: it >= 12),
        Bar(f"numpy oracle / {label}", "", f"{figures['numpy_seconds'] / seconds:.2f}", None),
    ]
    if "sql_seconds" in figures:
        bars.append(_bar(f"expert SQL / {label}", figures["sql_seconds"] / seconds, "≥ 150", lambda it: it >= 150))
    return bars


def _compare_http(figures: dict[str, float]) -> list[Bar]:
    if "http_p50_ms" not in figures:
        return []
    ratio = figures["http_p50_ms"] / figures["http_nothing_p50_ms"]
    computed = figures["http_cpu_ms"] / figures["http_nothing_cpu_ms"]
    return [
        _bar("over HTTP, p50 / doing nothing", ratio, "≤ 3", lambda it: it <= 3),
        Bar("over HTTP, server CPU / doing nothing", "", f"{computed:.2f}", None),
    ]


def _bar(name: str, value: float, bar: str, holds: Callable[[float], bool]) -> Bar:
    return Bar(name, bar, f"{value:.2f}", bool(holds(value)))


def print_bars(figures: dict[str, float], bars: Sequence[Bar]) -> None:
    """Print figures and bars."""
    for name, value in figures.items():
        print(f"{name:<28}{value:>16,.3f}")
    print()
    words = {True: "met", False: "MISSED", None: ""}
    for bar in bars:
        print(f"{bar.name:<40}{bar.bar:<26}{bar.measured:>14}  {words[bar.passed]}")


if __name__ == "__main__":
    sys.exit(main())
