"""What a person sees on the terminal: progress bars, the best pairings with reasons, the funnel, where to go on."""

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console()


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
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=None)
        self._progress.update(self._tasks[label], completed=max(done, 1) if not total else done, total=total or 1)


def show_pairings(pairings: list[dict[str, Any]]) -> None:
    """Show the best pairings with their explanation in Chinese."""
    table = Table(title="最佳对接 · best pairings", show_lines=True)
    for heading in ("需求 demand", "供给 supply", "机构 organization", "得分", "状态", "为什么 why"):
        table.add_column(heading, overflow="fold")
    for one in pairings:
        table.add_row(
            one["demand_title"], one["supply_title"], one["organization_name"], f"{one['score']:.2f}",
            f"{one['status']}/{one['phase']}", one["explanation"]["zh"],
        )  # fmt: skip
    console.print(table)


def show_reasons(candidates: list[dict[str, Any]]) -> None:
    """Show some pairs that may not be, or must wait, with the reason and the remedy."""
    table = Table(title="未推荐的原因 · why not", show_lines=True)
    for heading in ("需求 demand", "供给 supply", "结论", "原因 reason"):
        table.add_column(heading, overflow="fold")
    for one in candidates:
        reasons = "\n".join(
            f"{reason['code']} {reason['message']['zh-CN']} {reason['remedy']['zh-CN']}" for reason in one["reasons"]
        )
        table.add_row(one["demand_title"], one["supply_title"], one["eligibility"], reasons)
    console.print(table)


def show_funnel(report: dict[str, Any]) -> None:
    """Show the figures of the story."""
    table = Table(title="漏斗 · funnel")
    table.add_column("指标 figure")
    table.add_column("数", justify="right")
    for name, value in report.items():
        table.add_row(name, str(value))
    console.print(table)


def show_where_to_go(base_url: str, folder: str) -> None:
    """Show the pages of the three services and where the demo's credentials lie."""
    console.print("[bold]接口文档 · API pages[/bold]")
    for service in ("registry", "projects", "matching"):
        console.print(f"  {base_url}/{service}/docs")
    console.print("[bold]各角色演示账户 · demo credentials per role[/bold] (client_id → client_secret)")
    console.print(f"  {folder}/demo-clients.json")
    console.print(f"  POST {base_url}/registry/v1/tokens  grant_type=client_credentials")
