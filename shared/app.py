"""The application factory: what every service answers in the same way."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from fastapi.params import File
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from shared import problems
from shared.audit.refusals import AuditRefusals, RefusalRecorder, writing_refusals
from shared.audit.routes import audit_router
from shared.auth.access import Permissions
from shared.auth.tokens import TokenVerifier
from shared.contracts.dictionaries import Dictionary, dictionaries
from shared.db import Database
from shared.errors import NotFound, Text, causes
from shared.middleware import BodyLimit, RequestContext
from shared.openapi import complete
from shared.operations import operations_router
from shared.problems import DatabaseUnavailable
from shared.rate_limits import RateLimits
from shared.safety import AddressLimit, SafetyHeaders, allow_origins
from shared.settings import CommonSettings

VERSION = "0.1.0"


class DictionaryNotFound(NotFound):
    """There is no dictionary of this name."""

    title = Text("没有这个代码表", "There is no such dictionary")
    remedy = Text("请先读取 /dictionaries 查看全部代码表名称。", "Read /dictionaries for the names there are.")


class ProblemNotFound(NotFound):
    """There is no problem of this name."""

    title = Text("没有这种问题类型", "There is no such kind of problem")
    remedy = Text("请使用问题文档 type 中的路径。", "Use the path given as type of a problem document.")


class Health(BaseModel):
    """The state of the process."""

    status: str


class ProblemKind(BaseModel):
    """What a kind of problem means and what to do."""

    slug: str
    status: int
    title: dict[str, str]
    remedy: dict[str, str]


def build_app(
    *,
    service: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    common: CommonSettings,
    database: Database,
    verifier: TokenVerifier,
    permissions: Permissions,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """Return a service's application: its routers and what all services have (health, problems, audit, documents)."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(writing_refusals(app, app.state.refusals))
                await stack.enter_async_context(verifier.following())
                if lifespan is not None:
                    await stack.enter_async_context(lifespan(app))
                yield
        finally:
            await database.close()

    app = FastAPI(
        title=title, description=description, version=VERSION, lifespan=run, docs_url=None, redoc_url=None,
        openapi_url=f"/{service}/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    app.state.common = common
    app.state.database = database
    app.state.verifier = verifier
    app.state.permissions = permissions
    app.state.rate_limits = RateLimits(common)
    app.state.refusals = RefusalRecorder()
    app.add_middleware(AuditRefusals, recorder=app.state.refusals)
    app.add_middleware(
        BodyLimit,
        most_bytes=common.max_body_bytes,
        most_upload_bytes=common.max_upload_bytes,
        upload_paths=_upload_paths(routers),
    )
    app.add_middleware(AddressLimit)
    allow_origins(app, common.allowed_origins)
    app.add_middleware(SafetyHeaders)
    app.add_middleware(RequestContext)
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.include_router(operations_router(f"/{service}/v1"))
    app.include_router(audit_router(f"/{service}/v1"))
    app.include_router(_common_router(service))
    complete(app, service)
    return app


def _upload_paths(routers: Sequence[APIRouter]) -> set[str]:
    """Return the addresses that take a file; they have no parts to fill in."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    taking = (route for route in routes if any(isinstance(one.field_info, File) for one in route.dependant.body_params))
    return {route.path for route in taking}


def _common_router(service: str) -> APIRouter:
    router = APIRouter(prefix=f"/{service}")

    @router.get("/livez", tags=["operation 运行"])
    async def read_liveness() -> Health:
        """Tell that the process runs."""
        return Health(status="ok")

    @router.get("/readyz", tags=["operation 运行"])
    async def read_readiness(request: Request) -> Health:
        """Tell that the process can serve: its database answers."""
        if not await request.app.state.database.is_ready():
            raise DatabaseUnavailable
        return Health(status="ok")

    @router.get("/v1/dictionaries", tags=["dictionaries 字典"])
    async def list_dictionaries(response: Response) -> list[str]:
        """List the names of the code lists (字典)."""
        response.headers["Cache-Control"] = "public, max-age=3600"
        return sorted(dictionaries())

    @router.get("/v1/dictionaries/{name}", tags=["dictionaries 字典"])
    async def read_dictionary(name: Annotated[str, Path(max_length=60)], response: Response) -> Dictionary:
        """Read a code list (字典) with its labels in Chinese and English."""
        found = dictionaries().get(name)
        if found is None:
            raise DictionaryNotFound(pointer="path/name")
        response.headers["Cache-Control"] = "public, max-age=3600"
        return found

    @router.get("/problems/{slug}", tags=["operation 运行"])
    async def read_problem(slug: Annotated[str, Path(max_length=80)]) -> ProblemKind:
        """Read what a kind of problem means and what to do about it."""
        for cause in causes(service):
            if cause.slug() == slug:
                return ProblemKind(
                    slug=slug,
                    status=cause.status,
                    title={"zh-CN": cause.title.zh, "en": cause.title.en},
                    remedy={"zh-CN": cause.remedy.zh, "en": cause.remedy.en},
                )
        raise ProblemNotFound(pointer="path/slug")

    return router
