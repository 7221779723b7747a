"""Renders docs/authorization.md from the tables of permissions and the OpenAPI documents, so that it cannot lie."""

import importlib
from uuid import UUID

from deploy.openapi_documents import SERVICES, build_document
from shared.auth.access import Permissions
from shared.auth.principals import Principal
from shared.contracts.codes import Role

SHORT = {
    Role.SYSTEM_ADMINISTRATOR: "系统管理员 system",
    Role.SECURITY_ADMINISTRATOR: "安全管理员 security",
    Role.AUDIT_ADMINISTRATOR: "审计管理员 audit",
    Role.PROVINCIAL_OFFICER: "省级 province",
    Role.RURAL_OFFICER: "农业农村 rural",
    Role.VILLAGE_EDITOR: "村镇 editor",
    Role.CIVIL_AFFAIRS_OFFICER: "民政 civil",
    Role.SUPERVISING_UNIT: "业务主管 supervising",
    Role.ORGANIZATION: "社会组织 organization",
    Role.PARTNER_APPLICATION: "合作应用 app",
    Role.SERVICE: "服务 service",
}
INTRODUCTION = """\
A request passes four judgements, in this order:

1. **Who calls.** A token that is missing, expired, malformed or of an issuer that is not believed: 401.
2. **May this role do this?** The caller is a named type in the route's signature (`DemandReader`, `Reviewer`), which
   asks `shared.auth.access.authorize` for one action of the service's table, `services/<service>/permissions.py`.
   If not: 403 `not-allowed`, before the fields, `If-Match` or `Idempotency-Key` are looked at.
3. **Here?** Every repository method takes `visible_to` and narrows by the caller's scope. What lies outside does not
   exist: 404, with the same body as for what really does not exist. What everybody may see (a published demand) but
   only its own side may change: 403 `out-of-scope`. A missing `If-Match` (428) and fields that are not valid (422)
   are told before the object is looked up; a stale `If-Match` (412) and a state that forbids it (409) are told only
   to who may do it.
4. **Which fields?** Views leave out what the caller may not see: `show_demand`, `show_supply`, `show_organization`,
   `open_to_sides`.

The first two come before the body is read: a client that is not known, or whose role may not do it, is answered while
it still sends (`IdempotentRoute`). Only a body whose declared length is too large is refused before (413).

An application that acts for an office (`act` claim) is no official: of a demand it does not see policy gap and
monitored persons, of candidates and pairings it sees what the sides see, and of a hold it learns when the sides do
(`Principal.sees_official_fields`). Filters look only at what the caller is shown.

每个请求依次判断:令牌是否有效(401)、角色是否包含该操作(403)、对象是否在数据范围内(404,与不存在时完全一致)、可见哪些字段。

`make matrix` asks every route as every role from its own, a sibling's and a higher scope, without a token, with an
expired one and with one of a foreign issuer, and compares the answers with `tests/matrix/expected`, which is written by
hand from the design. A route that has no rule there, or no action here, fails the build. A new route needs one line:
`Rule("GET /projects/v1/things/{thing_id}", by(rural=ABOVE, province=ANY))`, and an object `thing_id` in
`tests/matrix/objects`. Who is not named is expected to be refused; `OWN`, `ABOVE` (own and higher), `ANY` and `NONE`
say from which scopes a named role gets it, and `beyond` what it meets elsewhere. What only some may see in any answer
is a line of `SECRETS`, with a mark of the same name among the objects."""


def render_authorization() -> str:
    """Return the page of roles, actions, scopes and routes."""
    lines = [
        "# Authorization 权限",
        "<!-- Written by `make docs`. Do not edit: change the code and run it again. -->",
        "",
    ]
    lines += [INTRODUCTION, "", "## Scopes 数据范围", ""]
    lines += ["What a token must say, and what the database is told of it for row-level security.", ""]
    lines += ["| role 角色 | scope of a caller of 513431000000, or of one organization |", "|---|---|"]
    lines += [f"| `{role.value}` {SHORT[role].split()[0]} | `{_scope(role)}` |" for role in Role]
    for service in SERVICES:
        lines += ["", f"## {service}", "", *_actions(service), "", *_routes(service)]
    return "\n".join(lines) + "\n"


def _scope(role: Role) -> str:
    return Principal("", role, division="513431000000", organization_id=UUID(int=0)).scope or "none"


def _actions(service: str) -> list[str]:
    permissions: Permissions = importlib.import_module(f"services.{service}.permissions").PERMISSIONS
    lines = [f"| action | {' | '.join(SHORT[role] for role in Role)} |", "|---|" + ":-:|" * len(Role)]
    for action, roles in permissions.items():
        lines.append(f"| `{action}` | {' | '.join('●' if role in roles else '' for role in Role)} |")
    return lines


def _routes(service: str) -> list[str]:
    lines = ["| route | action |", "|---|---|"]
    for path, operations in build_document(service)["paths"].items():
        for method, operation in operations.items():
            action = operation.get("x-action")
            lines.append(f"| `{method.upper()} {path}` | {f'`{action}`' if action else 'public 公开'} |")
    return lines
