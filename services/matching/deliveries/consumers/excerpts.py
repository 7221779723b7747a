"""What a receiver's answer says: whether it repeats a challenge, and a short text of it in which no secret is left."""

import base64
import hmac
import json
import re
from collections.abc import Sequence

MOST_READ = 8192
MOST_KEPT = 4096
CUT = "[…]"
_SECRETS = re.compile(
    r"whsec_[A-Za-z0-9+/=_\\-]+|v1a?,[A-Za-z0-9+/=_-]{20,}|(?i:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"
)


def repeats(answer: bytes, challenge: str) -> bool:
    """Tell whether an answer is the challenge, or a JSON object with it as ``challenge``: an echo of all is neither."""
    text = answer.decode(errors="replace").strip()
    try:
        known = json.loads(text)
    except (ValueError, RecursionError):
        known = text
    given = known.get("challenge") if isinstance(known, dict) else known
    return isinstance(given, str) and hmac.compare_digest(given.encode(), challenge.encode())


def excerpt_of(answer: bytes, *, secrets: Sequence[bytes]) -> str | None:
    """Return at most 4 KiB (UTF-8) of the first 8 KiB of an answer, without secrets, signatures and credentials."""
    text = answer[:MOST_READ].decode(errors="replace").replace("\x00", "")
    forms = [
        form.rstrip("=")
        for secret in secrets
        for form in (base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode(), secret.hex())
    ]
    text = _SECRETS.sub(CUT, text)
    for form in forms:
        # JSON may have a backslash before each slash.
        text = re.sub(re.escape(form).replace("/", r"\\?/") + "=*", CUT, text)
    if len(answer) >= MOST_READ:
        # The last characters may be the beginning of a secret that goes on after the limit.
        text = text[: -max(len(form) for form in forms)]
    return text.encode()[:MOST_KEPT].decode(errors="ignore") or None
