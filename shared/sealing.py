"""Seal secrets for storage (AES-256-GCM) and hash secrets for comparison; a value names its algorithm and key."""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class SealBroken(Exception):
    """The sealed value was made with another key, or was changed."""


@cache
def _derive(secret_key: str, salt: bytes) -> bytes:
    """Return a key of 32 bytes; it takes some 50 ms, once a process."""
    return hashlib.scrypt(secret_key.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class Sealer:
    """
    Seals and opens secrets with a key derived from the platform's secret key.

    A sealed value reads ``<algorithm>.<key id>.<nonce and ciphertext in base64>``.
    """

    ALGORITHM = "aesgcm"

    def __init__(self, secret_key: str) -> None:
        self._key = _derive(secret_key, b"xiangqiao seal")
        self._hash_key = _derive(secret_key, b"xiangqiao hash")
        self.key_id = hashlib.sha256(self._key).hexdigest()[:8]

    def seal(self, secret: bytes, *, purpose: str) -> str:
        """Return the sealed form of a secret; it opens only for the same purpose."""
        nonce = secrets.token_bytes(12)
        body = nonce + AESGCM(self._key).encrypt(nonce, secret, purpose.encode())
        return f"{self.ALGORITHM}.{self.key_id}.{base64.urlsafe_b64encode(body).decode()}"

    def open(self, sealed: str, *, purpose: str) -> bytes:
        """
        Return the secret of a sealed value.

        :raises SealBroken: if it was sealed otherwise or for another purpose
        """
        algorithm, _, rest = sealed.partition(".")
        if algorithm != self.ALGORITHM:
            raise SealBroken("the value is sealed by an algorithm that is not known")
        try:
            raw = base64.urlsafe_b64decode(rest.partition(".")[2])
            return AESGCM(self._key).decrypt(raw[:12], raw[12:], purpose.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("the value was sealed with another key or for another purpose") from None

    def hash(self, secret: str) -> str:
        """Return the keyed hash under which a random secret is stored."""
        return hmac.new(self._hash_key, secret.encode(), hashlib.sha256).hexdigest()

    def matches(self, secret: str, hashed: str) -> bool:
        """Tell in constant time whether a secret is the one behind a stored hash."""
        return hmac.compare_digest(self.hash(secret), hashed)
