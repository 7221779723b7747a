"""Secrets that are sealed for a purpose and open for no other."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import SealBroken, Sealer

SEALER = Sealer("a secret key of the platform, 32 characters")


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_was_sealed_opens_for_its_purpose(secret: bytes, purpose: str) -> None:
    assert SEALER.open(SEALER.seal(secret, purpose=purpose), purpose=purpose) == secret


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


@pytest.mark.parametrize("place", range(0, 34, 3))
def test_one_changed_byte_breaks_the_seal(place: int) -> None:
    algorithm, key, body = SEALER.seal(b"secret", purpose="x").split(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    assert len(raw) == 34
    raw[place] ^= 1
    with pytest.raises(SealBroken):
        SEALER.open(f"{algorithm}.{key}.{base64.urlsafe_b64encode(raw).decode()}", purpose="x")


@pytest.mark.parametrize(
    "broken", ["", "x", "aesgcm", "aesgcm.x", "aesgcm.x.", "aesgcm.x.AAAA", "rot13.x.AAAA", "aesgcm.x.!"]
)
def test_what_is_no_seal_is_broken(broken: str) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(broken, purpose="x")


def test_a_hash_is_keyed_and_matches_its_secret_only() -> None:
    hashed = SEALER.hash("secret")
    assert SEALER.matches("secret", hashed)
    assert not SEALER.matches("Secret", hashed)
    assert not Sealer("another key of the platform, 32 chars").matches("secret", hashed)
