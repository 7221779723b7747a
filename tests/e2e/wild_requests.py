"""Generated requests against a running service: drawn from its document, aimed at what it keeps, checked by it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

COLLECTIONS = {
    "organizations": "organization_id", "qualifications": "qualification_id", "demands": "demand_id",
    "supplies": "supply_id", "pairings": "pairing_id", "runs": "run_id", "subscriptions": "subscription_id",
    "deliveries": "delivery_id", "operations": "operation_id", "imports": "import_id", "commitments": "pairing_id",
}  # fmt: skip
"""The last fixed part of a collection's path, and how the id of its items is called elsewhere."""
MOST_KNOWN = 20
NOBODY = "http://127.0.0.1:9/nobody"
"""Where nobody listens: no test sends anything out of the machine."""
KEPT_CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Caller:
    """Somebody who sends requests: a role and its token, or nobody."""

    name: str
    token: str | None


@dataclass
class Known:
    """Values that exist on the platform, by the name of the parameter or field that takes them."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    """Bodies that are accepted, by the label of their operation."""

    def learn(self, path: str, answer: Any) -> None:
        """Remember the ids of what was answered."""
        if isinstance(answer, dict) and answer.get("next_cursor"):
            self.values.setdefault("cursor", [answer["next_cursor"]])
        name = next((COLLECTIONS[part] for part in reversed(path.split("/")) if part in COLLECTIONS), None)
        for item in answer.get("items", [answer]) if name and isinstance(answer, dict) else []:
            identity = item.get("id") or (item.get("pairing_id") if name == "pairing_id" else None)
            kept = self.values.setdefault(str(name), [])
            if identity and identity not in kept and len(kept) < MOST_KNOWN:
                kept.append(identity)

    def aim(self, value: Any, number: int, name: str = "") -> Any:
        """Return a value with everything replaced that is known under its name; ``number`` chooses."""
        if isinstance(value, Mapping):
            return {key: self.aim(part, number, key) for key, part in value.items()}
        known = self.values.get("pairing_id" if name == "previous_pairing_id" else name)
        return known[number % len(known)] if known else value


@dataclass
class Found:
    """What came of the requests of one operation; it is open if one of the callers may do it."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    open: bool = False


def load_operations(url: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    """
    Yield every operation of an OpenAPI document that is served at a URL.

    :raises InvalidSchema: if one is not described rightly
    """
    load_all_checks()
    schema = schemathesis.openapi.from_dict(dict(document))
    schema.config.update(base_url=url)
    schema.config.generation.with_security_parameters = False
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        yield found.ok()


class Sender:
    """Sends generated requests to one service and checks every answer against the service's document."""

    def __init__(self, url: str, known: Known) -> None:
        self._url, self._known = url, known
        self._http = requests.Session()
        self._http.trust_env = False

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def try_operation(self, operation: Operation, callers: list[Caller], *, examples: int) -> Found:
        """
        Send valid and invalid requests as those who may, one as everybody else, and one without a token.

        About half of the requests name things that exist, with the version that they have now.
        """
        found = Found()
        wrong = bool(list(operation.iter_parameters()) or operation.body)
        may = [one for one in callers if self._draw(found, operation, GenerationMode.POSITIVE, [one], 1)]
        self._draw(found, operation, GenerationMode.POSITIVE, [Caller("nobody", None)], 1)
        found.open = bool(may)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if may else ():
            if wrong or mode is GenerationMode.POSITIVE:
                self._draw(found, operation, mode, may, examples)
        return found

    def _draw(
        self, found: Found, operation: Operation, mode: GenerationMode, callers: list[Caller], examples: int
    ) -> bool:
        """Send some requests and tell whether one was let through to the operation."""
        allowed = []

        @seed(20261122)
        @settings(
            max_examples=examples, phases=[Phase.generate], database=None, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(
            case=operation.as_strategy(generation_mode=mode),
            caller=st.sampled_from(callers),
            # The first request to an operation draws the first alternative: it names what is surely there.
            number=st.integers(0, MOST_KNOWN - 1) | st.none(),
        )
        def send(case: Any, caller: Caller, number: int | None) -> None:
            headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
            # The end of a feed would be waited for.
            if isinstance(case.query, dict) and str(case.query.get("timeout", "")).isdigit():
                case.query["timeout"] = 0
            if isinstance(case.body, dict) and isinstance(case.body.get("endpoint"), str):
                case.body["endpoint"] = NOBODY
            if number is not None:
                self._aim(case, number, headers, mode)
            response = case.call(session=self._http, headers=headers)
            found.statuses[response.status_code] += 1
            try:
                case.validate_response(response, checks=KEPT_CHECKS)
            except FailureGroup as failures:
                found.failures += [f"{caller.name}: {failure}" for failure in failures.exceptions]
                found.failures.append(f"{case.as_curl_command(headers)[:1500]}\n{response.text[:600]}")
            kind_of_body = response.headers.get("content-type", [""])[0].partition(";")[0]
            told = response.content and kind_of_body.endswith(("/json", "+json"))
            answer = response.json() if told else None
            if response.status_code < 300:
                self._known.learn(operation.path, answer)
            kind = str(answer.get("type", "")) if isinstance(answer, dict) else ""
            allowed.append(response.status_code != 401 and not kind.endswith(("/not-allowed", "/grant-needed")))

        # A text without a rule cannot be sent wrongly.
        with suppress(Unsatisfiable):
            send()
        return any(allowed)

    def _aim(self, case: Any, number: int, headers: dict[str, str], mode: GenerationMode) -> None:
        case.path_parameters = {
            name: self._known.aim(self._known.aim(value, number, name), number, f"{{{name}}}")
            for name, value in case.path_parameters.items()
        }
        accepted = self._known.bodies.get(case.operation.label) if case.operation.body else None
        if accepted and mode is GenerationMode.POSITIVE and number % 2 == 0:
            case.body = accepted
        case.body = self._known.aim(case.body, number)
        case.query = self._known.aim(case.query, number)
        wanted = {parameter.name for parameter in case.operation.headers}
        if "idempotency-key" in wanted:
            case.headers["idempotency-key"] = str(uuid4())
        etag = self._read_etag(case, headers) if "if-match" in wanted else None
        if etag:
            case.headers["if-match"] = etag

    def _read_etag(self, case: Any, headers: dict[str, str]) -> str | None:
        path = case.operation.path.split("/{")[0]
        identity = next(iter(case.path_parameters.values()), None)
        if identity is None and isinstance(case.body, dict):
            path = f"/projects/v1/{'demands' if case.body.get('subject_kind') == 'demand' else 'supplies'}"
            identity = case.body.get("subject_id")
        return self._http.get(f"{self._url}{path}/{identity}", headers=headers, timeout=30).headers.get("etag")
