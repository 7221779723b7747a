"""Secrets that are sealed for a purpose and open for no other."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import SealBroken, Sealer

SEALER = Sealer("a secret key of the platform, 32 characters")


SM4 = Sealer("a secret key of the platform, 32 characters", data_keys=[("key-2", b"2" * 32)], algorithm="sm4gcm")
SEALERS = pytest.mark.parametrize("sealer", [SEALER, SM4])


@SEALERS
@given(secret=st.binary(max_size=300), purpose=st.text(max_size=20))
def test_what_was_sealed_opens_for_its_purpose(sealer: Sealer, secret: bytes, purpose: str) -> None:
    assert sealer.open(sealer.seal(secret, purpose=purpose), purpose=purpose) == secret


def test_sm4_is_the_cipher_of_the_standard() -> None:
    # GB/T 32907-2016, appendix A.1: one block under the key that is the block itself.
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(block), modes.ECB()).encryptor()  # noqa: S305
    assert encryptor.update(block).hex() == "681edf34d206965e86b3e94f536e4246"  # pragma: allowlist secret
    assert SM4.seal(b"secret", purpose="x").startswith("sm4gcm.key-2.")


def test_what_one_algorithm_sealed_does_not_open_as_the_others() -> None:
    sealed = SM4.seal(b"secret", purpose="x")
    with pytest.raises(SealBroken):
        SM4.open(sealed.replace("sm4gcm", "aesgcm"), purpose="x")


def test_a_value_is_opened_with_the_key_that_it_names() -> None:
    sealed = SEALER.seal(b"secret", purpose="x")
    assert SM4.open(sealed, purpose="x") == b"secret"
    with pytest.raises(SealBroken):
        SM4.open(sealed.replace(SEALER.key_id, "key-2"), purpose="x")
    assert SM4.reseal(sealed, purpose="x").startswith(SM4.mark)


def test_a_seal_names_its_algorithm_and_key_and_is_never_the_same_twice() -> None:
    first, second = (SEALER.seal(b"secret", purpose="x") for _ in range(2))
    assert first != second
    assert first.startswith(f"aesgcm.{SEALER.key_id}.")


def test_another_purpose_or_another_key_does_not_open_it() -> None:
    sealed = SEALER.seal(b"secret", purpose="signing key")
    for sealer, purpose in (
        (SEALER, "webhook secret"),
        (Sealer("another key of the platform, 32 chars"), "signing key"),
    ):
        with pytest.raises(SealBroken):
            sealer.open(sealed, purpose=purpose)


@SEALERS
@pytest.mark.parametrize("place", range(0, 34, 3))
def test_one_changed_byte_breaks_the_seal(sealer: Sealer, place: int) -> None:
    algorithm, key, body = sealer.seal(b"secret", purpose="x").split(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    assert len(raw) == 34
    raw[place] ^= 1
    with pytest.raises(SealBroken):
        sealer.open(f"{algorithm}.{key}.{base64.urlsafe_b64encode(raw).decode()}", purpose="x")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "x",
        "aesgcm",
        "aesgcm.x",
        "aesgcm.x.",
        "aesgcm.x.AAAA",
        "rot13.x.AAAA",
        "aesgcm.x.!",
        *(f"{one.mark}{body}" for one in (SEALER, SM4) for body in ("", "!", "AAAA", "A" * 37)),
    ],
)
def test_what_is_no_seal_is_broken(broken: str) -> None:
    with pytest.raises(SealBroken):
        SM4.open(broken, purpose="x")


def test_a_hash_is_keyed_and_matches_its_secret_only() -> None:
    hashed = SEALER.hash("secret")
    assert SEALER.matches("secret", hashed)
    assert not SEALER.matches("Secret", hashed)
    assert not Sealer("another key of the platform, 32 chars").matches("secret", hashed)
