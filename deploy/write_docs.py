"""Write what is made from the code, pages of docs/ and OpenAPI documents: ``python -m deploy.write_docs``."""

import importlib
import json
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import services
import shared
from deploy.authorization_page import render_authorization
from deploy.openapi_documents import SERVICES, place, render
from shared.contracts import matching, projects, registry
from shared.errors import DomainError, causes
from shared.settings import CommonSettings

EVENT_TYPE = re.compile(r"[a-z]+(\.[a-z_]+)+\.v[0-9]+")
NOT_EDITED = "<!-- Written by `make docs`. Do not edit: change the code and run it again. -->"


def render_problems() -> str:
    """Return the page of every kind of problem that the services answer with."""
    import_everything()
    lines = [
        "# Problems 问题类型", NOT_EDITED, "",
        "Every refusal is a problem document (RFC 9457) whose `type` is `/<service>/problems/<slug>`; that path answers"
        " with the texts below. `errors` names the fields at fault and never repeats their values.", "",
        "每个被拒绝的请求都返回问题文档(RFC 9457),`type` 为 `/<服务>/problems/<slug>`,可直接访问;"
        "`errors` 列出有误的字段,不回显其值。",
    ]  # fmt: skip
    for owner in ("shared", *(f"services.{service}" for service in SERVICES)):
        found = [cause for cause in _every_cause() if cause.__module__.startswith(f"{owner}.")]
        lines += ["", f"## {'every service 各服务共有' if owner == 'shared' else owner.removeprefix('services.')}", ""]
        lines += ["| slug | status | title 标题 | remedy 处理办法 |", "|---|---|---|---|"]
        lines += [
            _row(f"`{cause.slug()}`", cause.status, f"{cause.title.zh}<br>{cause.title.en}",
                 f"{cause.remedy.zh}<br>{cause.remedy.en}")
            for cause in found
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def render_events() -> str:
    """Return the page of every event that crosses the boundary of a service, with the fields of its data."""
    lines = [
        "# Events 事件", NOT_EDITED, "",
        "Events are CloudEvents 1.0 in JSON. registry and projects announce theirs in their feeds"
        " (`GET /<service>/v1/feed`), whole snapshots of an aggregate; matching pushes its own to the subscribers.", "",
        "事件为 CloudEvents 1.0(JSON)。registry 与 projects 通过变更流发布聚合的完整快照;matching 主动推送给订阅方。",
        "",
        "These feeds are for the services of the platform; the public and the parties of pairings have feeds of their"
        " own ([feeds.md](feeds.md)). An organization, an office or an application hears of what"
        " matching pushes by a subscription: [webhooks.md](webhooks.md) says how, who hears of what, and how a"
        " signature is verified. A partner application sees published data only, and hears of no pairing, until an"
        " organization or office grants it: a grant and a token with its `grant_id` come first"
        " ([identity.md](identity.md#partner-applications-合作应用)).", "",
        "此变更流供平台各服务使用;公开的和各方自己的变更流见 [feeds.md](feeds.md)。"
        "社会组织、部门和合作应用通过订阅接收 matching 的推送:订阅方法、各方能收到什么、"
        "如何验签,见 [webhooks.md](webhooks.md)。"
        "未经社会组织或部门授权,合作应用只能查看已公开的数据,收不到对接事件:"
        "须先取得授权,再用 `grant_id` 换取令牌(见 [identity.md](identity.md#partner-applications-合作应用))。", "",
        "A field whose type says `or None`: in a feed it is null when unknown; in what matching pushes it is absent"
        " when unknown, never null. 类型含 `or None` 的字段未知时:变更流中为 null;matching 推送中不出现,不会是 null。",
    ]  # fmt: skip
    for module in (registry, projects, matching):
        lines += ["", f"## {module.__name__.rpartition('.')[2]}", "", str(module.__doc__)]
        for model, types in _events_by_model(module).items():
            lines += ["", *[f"- `{one}`" for one in types]]
            if model is not None:
                lines += ["", f"data: **{model.__name__}**. {model.__doc__}", "", "| field | type | meaning |"]
                lines += ["|---|---|---|"]
                lines += [
                    _row(f"`{name}`", f"`{_type_name(field.annotation)}`", field.description or "")
                    for name, field in model.model_fields.items()
                ]
    return "\n".join(lines) + "\n"


def render_settings() -> str:
    """Return the page of every environment variable that is read."""
    lines = [
        "# Settings 设置", NOT_EDITED, "",
        "Settings are environment variables. A process that lacks a required one ends at once, with one message that"
        " names every variable at fault.", "",
        "设置均为环境变量。缺少必填项时进程立即退出,并一次列出全部有误的变量。",
    ]  # fmt: skip
    kinds: dict[str, type[BaseSettings]] = {"every process 各进程共有": CommonSettings}
    kinds |= {service: importlib.import_module(f"services.{service}.settings").Settings for service in SERVICES}
    for title, kind in kinds.items():
        lines += ["", f"## {title}", "", "| variable | type | default | meaning |", "|---|---|---|---|"]
        for name, field in kind.model_fields.items():
            variable = f"{kind.model_config.get('env_prefix', '')}{name}".upper()
            lines.append(
                _row(f"`{variable}`", f"`{_type_name(field.annotation)}`", _default(field), field.description or "")
            )
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "problems.md": render_problems,
    "events.md": render_events,
    "settings.md": render_settings,
    "authorization.md": render_authorization,
}


def event_types(module: ModuleType) -> list[str]:
    """Return every event type that a module of contracts names."""
    named = [value for value in vars(module).values() if isinstance(value, str) and EVENT_TYPE.fullmatch(value)]
    pairings = [matching.pairing_event(happened) for happened in matching.PAIRING_EVENTS]
    return [*named, *(pairings if module is matching else [])]


def import_everything() -> None:
    """Import every module of the library and the services, so that every error class is there."""
    for package in (shared, services):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"\.migrations\b|\.__main__$|^shared\.testing$", found.name):
                importlib.import_module(found.name)


def _every_cause() -> list[type[DomainError]]:
    found = {f"{cause.slug()} {cause.__module__}": cause for service in SERVICES for cause in causes(service)}
    return [found[name] for name in sorted(found)]


def _events_by_model(module: ModuleType) -> dict[type[BaseModel] | None, list[str]]:
    grouped: dict[type[BaseModel] | None, list[str]] = {}
    for one in event_types(module):
        noun = "".join(part.title() for part in one.split(".")[1].split("_"))
        names = (f"{noun}Snapshot", f"{noun}Payload", f"{noun}Data")
        model = next((getattr(module, name) for name in names if hasattr(module, name)), None)
        grouped.setdefault(model, []).append(one)
    return grouped


def _type_name(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else annotation
    plain = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", str(text)).replace("|", "or")
    return re.sub(r"^Optional\[(.*)\]$", r"\1 or None", plain)


def _default(field: Any) -> str:
    if field.is_required():
        return "required 必填"
    if field.default in (None, "", []) or field.default is PydanticUndefined:
        return ""
    shown = json.dumps(field.default) if isinstance(field.default, list) else field.default
    return f"`{shown}`" if isinstance(shown, (str, int, float)) else ""


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> None:
    """Write every page and every document."""
    for page, render_page in PAGES.items():
        (Path("docs") / page).write_text(render_page(), encoding="utf-8")
    for service in SERVICES:
        place(service).write_text(render(service), encoding="utf-8")


if __name__ == "__main__":
    main()
