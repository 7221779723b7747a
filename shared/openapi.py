"""Completes a service's OpenAPI 3.1 document: problem answers on every operation, and interactive pages offline."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

from shared.auth.access import actions_of
from shared.problems import MEDIA_TYPE, Problem
from shared.safety import policy_of_page

STATUS_TEXTS = {
    "400": "请求无法理解 · The request cannot be understood",
    "401": "未登录或令牌无效 · No valid access token",
    "403": "没有权限 · The role or scope does not allow it",
    "404": "没有,或无权知晓 · There is no such thing, or you may not know of it",
    "405": "方法不支持 · Method not allowed",
    "409": "当前状态不允许 · The state does not allow it",
    "410": "已失效 · It is not kept any more",
    "412": "版本已变 · It has changed since it was read",
    "413": "内容过大 · The body is too large",
    "415": "内容类型不支持 · The content type is not read",
    "422": "字段不符合要求 · A field is not valid",
    "428": "缺少 If-Match · If-Match is missing",
    "429": "请求过于频繁 · Asked too often",
    "500": "内部错误 · Internal error",
    "503": "暂时不可用 · Not available for a moment",
}


def _possible(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    statuses = {"400", "405", "429", "500", "503"}
    if operation.get("security"):
        statuses |= {"401", "403"}
    elif method != "get":
        statuses |= {"401"}  # the token endpoint itself
    if "{" in path:
        statuses |= {"404"}
    if parameters or "requestBody" in operation:
        statuses |= {"422"}
    if method != "get":
        statuses |= {"404", "409", "413", "415", "422"}
    if "if-match" in parameters:
        statuses |= {"412", "428"}
    return sorted(statuses)


def complete(app: FastAPI, service: str) -> None:
    """Let the app serve a complete OpenAPI document and a Swagger page whose assets come from this host."""
    assets = files("fastapi_offline").joinpath("static")
    app.mount(f"/{service}/assets", StaticFiles(directory=str(assets)), name="assets")

    @app.get(f"/{service}/docs", include_in_schema=False)
    async def show_documentation() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url=f"/{service}/openapi.json",
            title=f"{app.title} · API",
            swagger_js_url=f"/{service}/assets/swagger-ui-bundle.js",
            swagger_css_url=f"/{service}/assets/swagger-ui.css",
            swagger_favicon_url=f"/{service}/assets/favicon.png",
        )
        page.headers["Content-Security-Policy"] = policy_of_page(bytes(page.body).decode())
        return page

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes,
        tags=app.openapi_tags,
    )  # fmt: skip
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    schema["components"]["responses"] = {
        f"Problem{status}": {"description": text, "content": content} for status, text in STATUS_TEXTS.items()
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                # They are read as optional, so that their absence is a problem of its own and no 422.
                if parameter["name"].lower() in {"if-match", "idempotency-key"}:
                    parameter["required"] = True
            responses = operation["responses"]
            if "HTTPValidationError" in str(responses.get("422", "")):
                del responses["422"]
            for status in _possible(method, path, operation):
                responses.setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    _name_roles(app, schema)
    return schema


def _name_roles(app: FastAPI, schema: dict[str, Any]) -> None:
    """Say on every operation which action of the table it is, and which roles may do it; ``public`` needs no token."""
    for route in iter_route_contexts(app.routes):
        operations = schema["paths"].get(route.path_format) if route.path_format else None
        if operations is None or not hasattr(route, "dependant"):
            continue
        actions = actions_of(route.dependant)
        for method in route.methods or ():
            operation = operations.get(method.lower())
            if operation is not None and not operation.get("security"):
                operation["x-roles"] = ["public"]
            elif operation is not None:
                allowed = [app.state.permissions.get(action, frozenset()) for action in actions]
                operation["x-action"] = actions[0] if actions else None
                operation["x-roles"] = (
                    sorted(role.value for role in frozenset.intersection(*allowed)) if allowed else []
                )
