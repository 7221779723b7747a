"""What a person sees on the terminal: progress, the best pairings, reasons, the funnel, accounts, where to go on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.demo.credentials import ADMINISTRATORS, Accounts
from shared.contracts.dictionaries import labels

console = Console(highlight=False)
STRONGEST = 3
ACTS_FOR_CELLS = 30
LANGUAGES = ("zh-CN", "en")
VERDICTS = {"excluded": "不可推荐", "held": "待核实"}
FIGURES = {
    "organizations": "社会组织", "supplies": "供给项目", "demands": "需求项目", "published": "已发布需求",
    "excluded_pairs": "不可推荐的组合", "held_pairs": "待核实的组合", "proposed": "平台推荐", "declined": "谢绝",
    "next_best": "递补推荐", "confirmed": "现有确认", "lost_race": "未抢到名额", "commitments": "占用名额",
    "started": "开始实施", "completed": "完成", "fell_through": "未能实施",
    "pushed": "已推送", "signatures_verified": "已验签", "pushes_waiting": "待推送",
    "contacts_shown": "查看到的联系方式", "seconds": "用时(秒)",
}  # fmt: skip


STEPS = {
    "proposed": "提出", "pushed": "推送", "in_talks": "洽谈", "confirmed": "确认", "started": "开始实施",
    "completed": "完成",
}  # fmt: skip


class Bars:
    """One bar for every step of the story."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def tell(self, label: str, done: int, total: int) -> None:
        """Show how far a step is; a total of 0 means that nothing was left to do."""
        if not console.is_terminal:
            # A file shows no bars: each step once when it begins, so that nobody takes a long one for a standstill.
            if label not in self._tasks:
                console.print(label)
                self._tasks[label] = None
            return
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=None)
        self._progress.update(self._tasks[label], completed=max(done, 1) if not total else done, total=total or 1)


def show_pairings(pairings: Sequence[dict[str, Any]]) -> None:
    """Show the best pairings, each with the three strongest parts of its score in both languages."""
    console.print(Rule("最佳对接 · best pairings"))
    for one in pairings:
        kind = "phase" if one["status"] == "open" else "status"
        state = " ".join(labels(f"pairing_{kind}", language)[one[kind]] for language in LANGUAGES)
        console.print(Text(f"{one['score']:.2f}  {state}", style="bold"))
        _indent(f"需求 {one['demand_title']} ({one['demand_division']})")
        _indent(f"供给 {one['supply_title']} — {one['organization_name']}")
        for part in sorted(one["parts"], key=lambda part: -part["points"])[:STRONGEST]:
            for language in LANGUAGES:
                _indent(part["sentence"][language], by=4)


def show_reasons(candidates: Sequence[dict[str, Any]]) -> None:
    """Show some pairs that may not be, or must wait, with the reason and the remedy in both languages."""
    console.print(Rule("未推荐的原因 · why not"))
    for one in candidates:
        verdict = one["eligibility"]
        console.print(Text(f"{VERDICTS[verdict]} {verdict}", style="bold"))
        _indent(f"需求 {one['demand_title']} × 供给 {one['supply_title']}")
        for reason in one["reasons"][:1]:
            _indent(reason["code"], by=4)
            for language in LANGUAGES:
                _indent(f"{reason['message'][language]} {reason['remedy'][language]}", by=4)


def show_steps(funnel: dict[str, Any]) -> None:
    """Show how far the pairings of the whole platform came, and the match success rate."""
    table = Table(title="对接漏斗 · funnel of the pairings (全平台 whole platform)", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for step, name in STEPS.items():
        table.add_row(f"{name} {step}", str(funnel["counts"][step]))
    if (rate := funnel.get("success_rate")) is not None:
        table.add_row("对接成功率 match success rate = started / pushed", f"{rate:.1%}")
    console.print(table)


def show_funnel(report: dict[str, Any]) -> None:
    """Show the figures of the story, and say if pushes still wait."""
    table = Table(title="漏斗 · funnel (样例 the sample)", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in report.items():
        table.add_row(f"{FIGURES.get(name, '')} {name}".strip(), str(value))
    console.print(table)
    if waiting := report["pushes_waiting"]:
        console.print(f"还有 {waiting} 条推送在等待,平台会继续重试 · {waiting} pushes still waiting, tried again later")


def show_credentials(accounts: Accounts, folder: Path) -> None:
    """Show who may log in as what, how many more there are, and the files that hold the secrets."""
    console.print(Rule("演示账户 · demo credentials (acts for, client_id)"))
    for role in dict.fromkeys(one.role for one in accounts.shown):
        console.print(Text(f"{labels('role')[role]} {role} {'(1)' if role in ADMINISTRATORS else '(2)'}", style="bold"))
        for one in (one for one in accounts.shown if one.role == role):
            _indent(set_cell_size(one.acts_for, ACTS_FOR_CELLS) + one.client_id)
            if one.hint:
                _indent(one.hint, by=4)
        if more := accounts.more.get(role):
            _indent(f"…… 另有 {more} 个 · … and {more} more: demo-clients.json")
    console.print(f"client_secret: (1) {folder}/secrets.json (2) {folder}/demo-clients.json", soft_wrap=True)


def show_where_to_go(base_url: str) -> None:
    """Show where the platform answers while it goes on serving."""
    console.print(f"[bold]接口文档 · API pages:[/bold] {base_url}/")
    for service in ("registry", "projects", "matching"):
        console.print(f"  {base_url}/{service}/docs")
    console.print(f"  POST {base_url}/registry/v1/tokens  grant_type=client_credentials client_id=… client_secret=…")
    console.print("[bold]平台继续运行,按 Ctrl-C 结束 · serving until Ctrl-C[/bold]")


def _indent(text: str, *, by: int = 2) -> None:
    console.print(Padding(Text(text), (0, 0, 0, by)))
