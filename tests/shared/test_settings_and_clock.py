"""Settings that name every variable at fault in one message, and the clock with its legal day."""

from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared import clock
from shared.command_line import migrate
from shared.settings import CommonSettings, MissingSettings, ServiceSettings, load


class TinySettings(ServiceSettings):
    """The settings of the tiny service."""

    model_config = SettingsConfigDict(env_prefix="TINY_", extra="ignore")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [*os.environ]:
        if name.startswith(("XIANGQIAO_", "TINY_")):
            monkeypatch.delenv(name)


def test_one_message_names_every_variable_at_fault_also_the_common_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_POOL_SIZE", "none")
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", "too short to be one")
    with pytest.raises(MissingSettings) as missing:
        load(TinySettings)
    told = str(missing.value)
    for variable in ("TINY_DATABASE_URL", "TINY_CLIENT_ID", "TINY_POOL_SIZE", "XIANGQIAO_SECRET_KEY"):
        assert told.count(variable) == 1
    assert "too short to be one" not in told
    assert "docs/settings.md" in told
    assert "设置缺失" in told


def test_the_common_settings_say_so_for_themselves() -> None:
    with pytest.raises(MissingSettings, match="XIANGQIAO_SECRET_KEY"):
        load(CommonSettings)


@pytest.mark.parametrize("value", ["not json", '[{"issuer": "x", "jwks_url": "y", "algorithms": ["HS256"]}]', "[1]"])
def test_a_list_of_issuers_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("XIANGQIAO_ISSUERS", value)
    with pytest.raises(MissingSettings) as missing:
        load(CommonSettings)
    assert "  XIANGQIAO_ISSUERS" in str(missing.value)
    assert "XIANGQIAO_ISSUER:" not in str(missing.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_DATABASE_URL", "postgresql+asyncpg://app@db/tiny")
    monkeypatch.setenv("TINY_CLIENT_ID", "tiny")
    settings = load(TinySettings)
    assert (settings.client_id, settings.pool_size, settings.feed_days) == ("tiny", 10, 90)
    assert "db/tiny" not in repr(settings)


def test_a_migration_without_the_owner_says_what_is_missing(tmp_path: object) -> None:
    settings = TinySettings(database_url=SecretStr("unused"), client_id="tiny")
    with pytest.raises(MissingSettings, match="TINY_OWNER_DATABASE_URL"):
        migrate(settings, tmp_path)  # type: ignore[arg-type]


def test_the_instant_is_aware_and_nothing_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.AS_OF, "2001-01-01")
    assert clock.now().tzinfo is UTC
    assert clock.now().year > 2025


def test_the_legal_day_begins_at_midnight_in_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC))
    assert clock.today() == date(2026, 11, 21)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, 16, 0, tzinfo=UTC))
    assert clock.today() == date(2026, 11, 22)


def test_the_legal_day_may_be_set_for_the_demo_and_must_be_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.AS_OF, "2026-11-22")
    assert clock.today() == date(2026, 11, 22)
    monkeypatch.setenv(clock.AS_OF, "tomorrow")
    with pytest.raises(ValueError, match="tomorrow"):
        clock.today()
