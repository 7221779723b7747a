"""The two processes of the all-in-one start: the three APIs on one port, and the loops of the three workers."""

from services.installation import SERVICES
from services.matching import main as matching
from services.matching import worker as matching_worker
from services.matching.settings import Settings as MatchingSettings
from services.projects import main as projects
from services.projects import worker as projects_worker
from services.projects.settings import Settings as ProjectsSettings
from services.registry import main as registry
from services.registry import worker as registry_worker
from services.registry.settings import Settings as RegistrySettings
from shared.audit.keys import with_audit_key
from shared.dispatcher import Dispatcher
from shared.logs import configure_logs
from shared.serving import check_fitness, collect_seldom, serve
from shared.settings import CommonSettings, load
from shared.worker import Loop, run_loops, stop_on_signals, worker_database

FRONT_PAGE = "<!doctype html><meta charset=utf-8><title>乡桥 Xiangqiao</title><h1>乡桥 Xiangqiao</h1><ul>" + "".join(
    f'<li>{name}: <a href="/{name}/docs">docs</a> <a href="/{name}/openapi.json">openapi.json</a>' for name in SERVICES
)


async def run_apis(host: str, port: int) -> None:
    """Serve the three APIs in this process until a signal."""
    configure_logs("api", load(CommonSettings).log_level)
    apps = {"registry": registry.create_app(), "projects": projects.create_app(), "matching": matching.create_app()}
    for app in apps.values():
        await check_fitness(app.state.database)
    collect_seldom()
    await serve(Dispatcher(apps, otherwise="registry", front_page=FRONT_PAGE), host=host, port=port)


async def run_workers() -> None:
    """Run the loops of the three workers in this process until a signal."""
    common = load(CommonSettings)
    configure_logs("worker", common.log_level)
    for_registry, for_projects = load(RegistrySettings), load(ProjectsSettings)
    async with (
        worker_database(for_registry, "registry-worker", info=with_audit_key(common)) as registry_database,
        worker_database(for_projects, "projects-worker", info=with_audit_key(common)) as projects_database,
    ):
        loops = [
            registry_worker.loops(for_registry, common, registry_database),
            projects_worker.loops(for_projects, common, projects_database),
            matching_worker.loops(load(MatchingSettings), common),
        ]
        await run_loops(join_loops(*loops), stop_on_signals())


def join_loops(*loops: dict[str, Loop]) -> dict[str, Loop]:
    """Return every loop of every worker: not one may be lost under another's name."""
    joined = {name: loop for some in loops for name, loop in some.items()}
    if len(joined) < sum(map(len, loops)):
        raise ValueError("two workers call a loop alike")
    return joined
