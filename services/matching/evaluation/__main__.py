"""Print how the reference scorer does on a judged-case files: ``python -m services.matching.evaluation CASES…``."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from services.matching.evaluation.cases import CaseFile, read_cases
from services.matching.evaluation.counties import REFERENCE_FOLDER, read_counties
from services.matching.evaluation.designs import LEFT_OUT
from services.matching.evaluation.evaluate import Evaluation, evaluate_files
from services.matching.scoring.policy import Policy, load_policy, parse_policy


def main(arguments: Sequence[str] | None = None, *, output: TextIO | None = None) -> int:
    """Evaluate the file named on the command line; print figures and failures, and write the JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m services.matching.evaluation", description=__doc__)
    parser.add_argument("cases", type=Path, nargs="+", help="files of the judged-case format; their counts are added")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--reference", type=Path, default=REFERENCE_FOLDER, help="folder of the county tables")
    parser.add_argument("--policy", default="2026-01", help="version that ships with the service, or a file (….json)")
    options = parser.parse_args(arguments)
    files = [_read_or_end(path, options.reference) for path in options.cases]
    policy, output = _read_policy(options.policy), output or sys.stdout
    evaluation = evaluate_files(files, policy=policy)
    print_evaluation(evaluation, output)
    choice = evaluation.describe_choice(policy)
    print_choice(choice, output)
    if options.json:
        options.json.write_text(json.dumps({**evaluation.describe(), **choice}, indent=2) + "\n", encoding="utf-8")
    return 0


def _read_or_end(cases: Path, reference: Path) -> CaseFile:
    """Read the cases, or end with one sentence that says what is wrong with the file."""
    try:
        return read_cases(cases, counties=read_counties(reference))
    except OSError as error:
        name, why = error.filename, error.strerror
        sys.exit(f"无法读取 {name}:{why}\nThe file {name} cannot be read: {why}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        sys.exit(f"{cases} 不是评判案例文件:{error!r}\nThe file {cases} is not of the judged-case format: {error!r}")


def _read_policy(name: str) -> Policy:
    """Read a version that ships or the document of a draft, or end with one sentence that says what is wrong."""
    try:
        return parse_policy(Path(name).read_text(encoding="utf-8")) if name.endswith(".json") else load_policy(name)
    except OSError as error:
        sys.exit(f"没有匹配政策 {name}\nThere is no policy {name}: {error.strerror}")
    except (ValueError, TypeError) as error:
        sys.exit(f"{name} 不是匹配政策文件:{error}\nThe file {name} is no matching policy: {error}")


def print_evaluation(evaluation: Evaluation, output: TextIO) -> None:
    """Print every failure with its ids, scores and parts, then the figures."""
    if evaluation.tally.failures:
        output.write("没有满足的判断(期望的顺序与得分) · Judgements not met, with the order expected:\n")
    for failure in evaluation.tally.failures:
        output.write(f"{failure['kind']:<10}{failure['case']}  {' > '.join(failure['ids'])}\n")
        for pair_id, score, parts in zip(failure["ids"], failure["scores"], failure["parts"], strict=True):
            shown = "  ".join(f"{name} {points:.4f}" for name, points in parts.items())
            output.write(f"          {pair_id:<8}{score if score is not None else 'excluded'}  {shown}\n")
        if any(failure.get("codes", [])):
            output.write(f"          codes {failure['codes']}\n")
    figures = evaluation.describe()
    baselines = figures.pop("baselines")
    for name, counts in figures.items():
        output.write(f"{name:<12}{'  '.join(f'{key} {value}' for key, value in counts.items())}\n")
    for name, orders in baselines.items():
        output.write(f"baseline {name}: {_show_orders(orders)}\n")


def print_choice(choice: Mapping[str, Any], output: TextIO) -> None:
    """Print the cross-validated figures and what is left without each part."""
    validated = dict(choice["cross_validated"])
    chosen = ", ".join(f"{name} {count}" for name, count in validated.pop("chosen").items())
    output.write(f"cross-validated, {LEFT_OUT} cases left out: {_show_orders(validated)}  (chosen: {chosen})\n")
    for name, orders in choice["without"].items():
        output.write(f"without {name}: {_show_orders(orders)}\n")


def _show_orders(orders: Mapping[str, Mapping[str, int]]) -> str:
    return "  ".join(f"{key} {' / '.join(str(count) for count in counts.values())}" for key, counts in orders.items())


if __name__ == "__main__":
    raise SystemExit(main())
