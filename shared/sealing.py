"""Seal secrets and contacts for storage (AES-256-GCM or SM4-GCM) and hash secrets for comparison."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Algorithm = Literal["aesgcm", "sm4gcm"]
NONCE_BYTES, TAG_BYTES = 12, 16


class SealBroken(Exception):
    """The sealed value was made with another key, or was changed."""


class Aes256Gcm:
    """AES-256 in Galois/Counter Mode (NIST SP 800-38D)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, nonce: bytes, plain: bytes, purpose: bytes) -> bytes:
        """Return the ciphertext with its tag."""
        return self._cipher.encrypt(nonce, plain, purpose)

    def decrypt(self, nonce: bytes, sealed: bytes, purpose: bytes) -> bytes:
        """
        Return what was encrypted.

        :raises InvalidTag: if key, purpose or ciphertext is another
        """
        return self._cipher.decrypt(nonce, sealed, purpose)


class Sm4Gcm:
    """SM4 (GB/T 32907) in Galois/Counter Mode (GB/T 36624); its key of 128 bits is derived from the data key."""

    def __init__(self, key: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=16, salt=None, info=b"xiangqiao sm4").derive(key)
        self._block = algorithms.SM4(derived)

    def encrypt(self, nonce: bytes, plain: bytes, purpose: bytes) -> bytes:
        """Return the ciphertext with its tag."""
        encryptor = Cipher(self._block, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(purpose)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, sealed: bytes, purpose: bytes) -> bytes:
        """
        Return what was encrypted.

        :raises InvalidTag: if key, purpose or ciphertext is another
        """
        decryptor = Cipher(self._block, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(purpose)
        return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()


ALGORITHMS: Mapping[str, type[Aes256Gcm] | type[Sm4Gcm]] = {"aesgcm": Aes256Gcm, "sm4gcm": Sm4Gcm}
"""What a sealed value may name; a further one (SM2, a hardware module) is added here and nowhere else."""


@cache
def _derive(secret_key: str, salt: bytes) -> bytes:
    """Return a key of 32 bytes; it takes some 50 ms, once a process."""
    return hashlib.scrypt(secret_key.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class Sealer:
    """
    Seals with the first data key and opens with every one that is known.

    The last known key is always the one that is derived from the platform's secret key: it seals where no data key is
    set. A sealed value reads ``<algorithm>.<key id>.<nonce and ciphertext in base64>``.
    """

    def __init__(
        self, secret_key: str, *, data_keys: Sequence[tuple[str, bytes]] = (), algorithm: Algorithm = "aesgcm"
    ) -> None:
        derived = _derive(secret_key, b"xiangqiao seal")
        keys = [*data_keys, (hashlib.sha256(derived).hexdigest()[:8], derived)]
        self._keys = dict(reversed(keys))
        self._hash_key = _derive(secret_key, b"xiangqiao hash")
        self._algorithm, self.key_id = algorithm, keys[0][0]

    @property
    def mark(self) -> str:
        """What every value begins with that is sealed now."""
        return f"{self._algorithm}.{self.key_id}."

    def seal(self, secret: bytes, *, purpose: str) -> str:
        """Return the sealed form of a secret; it opens only for the same purpose."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = ALGORITHMS[self._algorithm](self._keys[self.key_id])
        body = nonce + cipher.encrypt(nonce, secret, purpose.encode())
        return self.mark + base64.urlsafe_b64encode(body).decode()

    def open(self, sealed: str, *, purpose: str) -> bytes:
        """
        Return the secret of a sealed value.

        :raises SealBroken: if it was sealed otherwise, with a key that is not known, or for another purpose
        """
        algorithm, key_id, body = (*sealed.split(".", 2), "", "")[:3]
        if algorithm not in ALGORITHMS:
            raise SealBroken("the value is sealed by an algorithm that is not known")
        if key_id not in self._keys:
            raise SealBroken("the value is sealed with a key that is not known")
        try:
            raw = base64.urlsafe_b64decode(body)
            if len(raw) < NONCE_BYTES + TAG_BYTES:
                raise SealBroken("the value is too short")
            cipher = ALGORITHMS[algorithm](self._keys[key_id])
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("the value was sealed with another key or for another purpose") from None

    def reseal(self, sealed: str, *, purpose: str) -> str:
        """
        Return the value sealed with the key and algorithm of today.

        :raises SealBroken: if it cannot be opened
        """
        return self.seal(self.open(sealed, purpose=purpose), purpose=purpose)

    def hash(self, secret: str) -> str:
        """Return the keyed hash under which a random secret is stored; it stays tied to the platform's secret key."""
        return hmac.new(self._hash_key, secret.encode(), hashlib.sha256).hexdigest()

    def matches(self, secret: str, hashed: str) -> bool:
        """Tell in constant time whether a secret is the one behind a stored hash."""
        return hmac.compare_digest(self.hash(secret), hashed)
