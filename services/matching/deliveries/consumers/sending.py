"""Send one signed webhook: CloudEvents 1.0 in structured JSON under Standard Webhooks headers, guarded against SSRF."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from standardwebhooks import Webhook

from services.matching.deliveries.consumers.excerpts import CUT, MOST_READ, excerpt_of, repeats
from services.matching.deliveries.consumers.guard import AddressRefused, GuardedTransport
from services.matching.deliveries.models import Attempt, AttemptFault, Outcome
from services.matching.subscriptions.actions import SECRET_PURPOSE
from services.matching.subscriptions.models import Address, Destinations
from shared import clock
from shared.sealing import SealBroken, Sealer

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
USER_AGENT = "Xiangqiao-Webhooks/1"
LONGEST_RETRY_AFTER = timedelta(hours=24)
BUSY = {429, 503}
logger = logging.getLogger(__name__)


class WebhookSender:
    """Sends webhooks; one client for each scheme, since http is for allowed networks only."""

    def __init__(self, *, sealer: Sealer, destinations: Destinations, timeout_seconds: float) -> None:
        self._sealer = sealer
        self._timeout = timeout_seconds
        self._clients = {scheme: _guarded_client(scheme, destinations, timeout_seconds) for scheme in ("http", "https")}

    async def send(self, attempt: Attempt) -> Outcome:
        """Send what is to be sent, signed at this moment, and return what came of it; it never raises for a fault."""
        began = clock.now()
        try:
            secrets = [self._sealer.open(one, purpose=SECRET_PURPOSE) for one in attempt.secrets_sealed]
        except SealBroken:
            logger.error("a webhook secret cannot be opened", extra={"delivery_id": str(attempt.delivery_id)})
            return Outcome(_since(began), AttemptFault.UNSIGNED)
        headers = _signed_headers(attempt, secrets, at=clock.now())
        sent = headers | {"webhook-signature": " ".join([f"v1,{CUT}"] * len(secrets))}
        try:
            async with asyncio.timeout(self._timeout):
                response, answer = await self._post(attempt, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(_since(began), AttemptFault.TIMEOUT, request_headers=sent)
        except Exception as error:
            refused = isinstance(error.__cause__, AddressRefused)
            message = "an address is not allowed" if refused else "an address cannot be reached"
            logger.warning(message, extra={"delivery_id": str(attempt.delivery_id), "kind": type(error).__name__})
            # One fault for both: a subscriber must not learn which inner addresses answer.
            return Outcome(_since(began), AttemptFault.UNREACHABLE, request_headers=sent)
        fault = _fault_of(response.status_code)
        if fault is None and attempt.challenge and not repeats(answer, attempt.challenge):
            fault = AttemptFault.UNPROVEN
        return Outcome(
            duration_ms=_since(began),
            fault=fault,
            status_code=response.status_code,
            # Who has not consented may be somebody's inner service: its owner would read that by our hand.
            response_excerpt=None if attempt.challenge else excerpt_of(answer, secrets=secrets),
            retry_after=_retry_after(response),
            request_headers=sent,
            consented=fault is None and attempt.challenge is not None,
        )

    async def close(self) -> None:
        """Give the connections back."""
        for client in self._clients.values():
            await client.aclose()

    async def _post(self, attempt: Attempt, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        client = self._clients[httpx.URL(attempt.endpoint).scheme]
        answer = b""
        async with client.stream("POST", attempt.endpoint, content=attempt.body, headers=headers) as response:
            # Raw, because a small compressed answer may unfold without end.
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) >= MOST_READ:
                    break
        return response, answer


def _signed_headers(attempt: Attempt, secrets: Sequence[bytes], *, at: datetime) -> dict[str, str]:
    # sign() takes any time's digits for UTC, so that another zone would be signed wrong.
    at = at.astimezone(UTC)
    event_id, body = str(attempt.event_id), attempt.body.decode()
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(event_id, at, body) for one in secrets),
    }


def _guarded_client(scheme: str, destinations: Destinations, timeout_seconds: float) -> httpx.AsyncClient:
    def admits(address: Address, port: int) -> bool:
        return destinations.admits(address, port, scheme=scheme)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=20.0)
    # A proxy of the environment would make the connections, and undo the guard.
    return httpx.AsyncClient(
        transport=GuardedTransport(admits, limits=limits),
        timeout=timeout_seconds,
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
        # One subscriber's cookies must not go to another of the same domain.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


def _fault_of(status_code: int) -> AttemptFault | None:
    if 200 <= status_code < 300:
        return None
    if 300 <= status_code < 400:
        return AttemptFault.REDIRECTED
    return AttemptFault.GONE if status_code == httpx.codes.GONE else AttemptFault.REFUSED


def _retry_after(response: httpx.Response) -> timedelta | None:
    value = response.headers.get("retry-after", "").strip()
    if response.status_code not in BUSY or not value:
        return None
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_RETRY_AFTER.total_seconds()))
    else:
        try:
            at = parsedate_to_datetime(value)
            wait = at.replace(tzinfo=at.tzinfo or UTC) - clock.now()
        except (ValueError, OverflowError):
            return None
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def _since(began: datetime) -> int:
    return int((clock.now() - began) / timedelta(milliseconds=1))
