"""The rules of the house that a reader must trust, read from the source itself."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOTS = ("shared", "services", "deploy", "tests", "bench")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "service", "manager"}
CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime",
}  # fmt: skip
MOST_LINES = 300
MODULES = sorted(
    path
    for root in ROOTS
    for path in Path(root).rglob("*.py")
    if "versions" not in path.parts or path.name == "__init__.py"
)
ACTIONS = [path for path in MODULES if path.parts[0] == "services" and "actions" in (path.stem, path.parent.name)]
ROUTES = [path for path in MODULES if path.parts[0] == "services" and path.stem == "routes"]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(node: ast.expr) -> str:
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def faults_of_docstring(path: Path) -> list[str]:
    text = ast.get_docstring(parse(path))
    if not text:
        return [f"{path}: no docstring"]
    first = text.split("\n\n")[0]
    inner = re.sub(r"``[^`]*``|`[^`]*`", "", first)
    sentences = re.findall(r"[.。!?](?=\s+[A-Z]|\s*$)", inner)
    return [] if len(sentences) == 1 and inner.rstrip().endswith((".", "。")) else [f"{path}: {first!r}"]


def test_every_module_opens_with_a_docstring_of_one_sentence() -> None:
    strict = [path for path in MODULES if path.parts[0] in {"shared", "services", "deploy"}]
    faults = [fault for path in strict for fault in faults_of_docstring(path)]
    assert not faults, "\n".join(faults)
    assert not [path for path in MODULES if not ast.get_docstring(parse(path))]


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    too_long = {str(path): lines for path, lines in lengths.items() if lines > MOST_LINES}
    assert not too_long


def test_no_module_bears_a_name_that_says_nothing() -> None:
    assert not [path for path in MODULES if FORBIDDEN_NAMES & {path.stem, *path.parts[:-1]}]


def test_nothing_is_imported_relatively() -> None:
    relative = [
        f"{path}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_only_the_clock_module_reads_the_clock() -> None:
    readers = [
        f"{path}:{node.lineno} {dotted(node.func)}"
        for path in MODULES
        if path.parts[0] in {"shared", "services", "deploy"} and path != Path("shared/clock.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and any(dotted(node.func).endswith(read) for read in CLOCK_READS)
    ]
    assert not readers


def public_functions(path: Path) -> list[ast.AsyncFunctionDef | ast.FunctionDef]:
    kinds = (ast.AsyncFunctionDef, ast.FunctionDef)
    return [node for node in parse(path).body if isinstance(node, kinds) and not node.name.startswith("_")]


def test_actions_are_async_and_take_the_session_and_then_keywords_only() -> None:
    faults = []
    for path in ACTIONS:
        for function in public_functions(path):
            given = function.args
            names = [argument.arg for argument in [*given.posonlyargs, *given.args]]
            takes_session = "session" in names or "session" in [argument.arg for argument in given.kwonlyargs]
            if takes_session and (names != ["session"] or not isinstance(function, ast.AsyncFunctionDef)):
                faults.append(f"{path}:{function.lineno} {function.name}({', '.join(names)}, …)")
    assert ACTIONS
    assert not faults, "\n".join(faults)


def test_actions_never_commit_or_roll_back() -> None:
    enders = {"commit", "rollback", "begin", "close"}
    faults = [
        f"{path}:{node.lineno}"
        for path in [*ACTIONS, *ROUTES]
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in enders
        and dotted(node.func.value) == "session"
    ]
    assert not faults


def test_a_route_shares_its_name_with_the_action_it_calls() -> None:
    faults = []
    for path in ROUTES:
        for function in public_functions(path):
            called = {
                dotted(node.func).removeprefix("actions.")
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and dotted(node.func).startswith("actions.")
            }
            if called and function.name not in {name.rpartition(".")[2] for name in called}:
                faults.append(f"{path}:{function.lineno} {function.name} calls {sorted(called)}")
    assert ROUTES
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("service", ["registry", "projects", "matching"])
def test_every_action_that_a_route_allows_stands_in_the_table_and_every_entry_is_used(service: str) -> None:
    permissions = Path("services") / service / "permissions.py"
    tables = [
        node.value
        for node in parse(permissions).body
        if isinstance(node, ast.AnnAssign) and dotted(node.target) == "PERMISSIONS"
    ]
    assert isinstance(tables[0], ast.Dict)
    listed = {key.value for key in tables[0].keys if isinstance(key, ast.Constant)}
    everywhere = [Path("shared/feed/routes.py"), Path("shared/operations.py"), Path("shared/audit/routes.py")]
    asked = {
        node.args[0].value
        for path in [*Path("services", service).rglob("*.py"), *everywhere]
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and dotted(node.func) in {"allow", "authorize"} and node.args
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert asked <= listed
    assert listed <= asked
