"""Settings: the shipped file, the secrets, and what is told together."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import (
    NEED_DEMO,
    NEED_ENGINE,
    NEED_MIGRATE,
    NEED_NOTHING,
    NEED_SERVE,
    Settings,
    Variable,
    load_settings,
    plan_names,
)
from escalation.plan_file import check_all
from tests.settings.broken_files import CONFIGS, GOOD

ROOT = Path(__file__).parents[2]
KEY = bytes(range(7, 39))
OLD_KEY = bytes(range(101, 133))
SECRETS = {
    "FENGHUO_DATABASE_URL": "postgresql://fenghuo:pa55-of-app@db.example/fenghuo",
    "FENGHUO_OWNER_URL": "postgresql+psycopg2://owner:pa55-of-owner@db.example/fenghuo",
    "FENGHUO_DATA_KEYS": f"2:{KEY[::-1].hex()},1:{OLD_KEY.hex()}",
    "FENGHUO_BLIND_INDEX_KEY": KEY.hex(),
    "FENGHUO_SECRET_KEY": "session-signing-words",
    "FENGHUO_TWILIO_ACCOUNT_SID": "AC0123456789",
    "FENGHUO_TWILIO_AUTH_TOKEN": "token-of-the-account",
}
#: What must never be seen of them: passwords, keys and tokens, in any form they are held in.
HIDDEN = [
    "pa55-of", KEY.hex(), KEY.hex()[:16], repr(KEY), KEY[::-1].hex(), OLD_KEY.hex(),
    "session-signing", "AC01234", "token-of",
]  # fmt: skip


def with_twilio(folder: Path) -> Path:
    """A config file that sends by Twilio."""
    text = (GOOD / "config.yaml").read_text(encoding="utf-8")
    path = folder / "config.yaml"
    twilio = 'gateways: [twilio]\n  twilio: {sender: "+15005550006"}'
    path.write_text(text.replace("gateways: [sandbox]", twilio), encoding="utf-8")
    return path


def faults_of(path: Path, environ: dict[str, str], need: frozenset[Variable]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environ, need=need, plans_dir=GOOD / "plans")
    return [f"{Path(fault.file).name}:{fault.line}: {fault.what}" for fault in caught.value.faults]


def good(environ: dict[str, str], need: frozenset[Variable] = NEED_NOTHING) -> Settings:
    return load_settings(GOOD / "config.yaml", environ, need=need)


def test_only_the_engine_needs_the_callbacks_secret_and_only_for_a_callback(tmp_path: Path) -> None:
    text = (GOOD / "config.yaml").read_text(encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(f'{text}\nhotline:\n  callback: {{url: "https://hotline.example.com/in"}}\n')
    plain = {k: v for k, v in SECRETS.items() if "HOTLINE" not in k}
    assert faults_of(path, plain, NEED_ENGINE) == [
        "environment:0: FENGHUO_HOTLINE_SECRET is not set"
    ]
    assert faults_of(path, {**plain, "FENGHUO_HOTLINE_SECRET": "short"}, NEED_ENGINE) == [
        "environment:0: FENGHUO_HOTLINE_SECRET is too short: 5 characters, at least 16 are needed"
    ]
    load_settings(path, plain, need=NEED_SERVE, plans_dir=GOOD / "plans")
    load_settings(GOOD / "config.yaml", plain, need=NEED_ENGINE)


def test_the_shipped_files_have_no_fault() -> None:
    assert check_all(ROOT / "config.yaml", SECRETS, ROOT / "plans", need=NEED_SERVE) == []
    settings = load_settings(ROOT / "config.yaml", SECRETS, need=NEED_SERVE)
    assert settings.plan in plan_names(ROOT / "plans")
    assert (settings.web.bind, settings.web.port) == ("127.0.0.1", 8050)
    assert settings.sms.gateways == ("sandbox",)
    assert settings.engine.tick_seconds == 0.5


def test_each_process_names_all_the_secrets_it_misses_together(tmp_path: Path) -> None:
    sandbox, twilio = GOOD / "config.yaml", with_twilio(tmp_path)
    base = ["DATA_KEYS", "BLIND_INDEX_KEY", "SECRET_KEY"]
    account = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]
    cases = [
        (sandbox, NEED_SERVE, ["DATABASE_URL", *base]),
        (twilio, NEED_SERVE, ["DATABASE_URL", *base, *account]),
        (sandbox, NEED_ENGINE, ["DATABASE_URL", *base[:2]]),
        (sandbox, NEED_DEMO, base),
        (twilio, NEED_MIGRATE, ["OWNER_URL"]),
    ]
    for path, need, names in cases:
        wanted = [f"environment:0: FENGHUO_{name} is not set" for name in names]
        assert faults_of(path, {}, need) == wanted
    assert good({}).secrets.database_url is None


def test_file_environment_and_plan_faults_come_together() -> None:
    found = faults_of(CONFIGS / "five-mistakes.yaml", {"FENGHUO_SECRET_KEY": "short"}, NEED_SERVE)
    assert [fault.split(":")[0] for fault in found] == ["five-mistakes.yaml"] * 5 + [
        "environment"
    ] * 4
    assert (
        "environment:0: FENGHUO_SECRET_KEY is too short: 5 characters, at least 16 are needed"
        in found
    )
    assert any("there is no plan 'bad'" in fault for fault in found)


def test_a_missing_plan_lists_the_ones_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(
            CONFIGS / "no-such-plan.yaml", {}, need=NEED_NOTHING, plans_dir=GOOD / "plans"
        )
    remedy = "did you mean `good`? existing plans: good, good-clauses"
    assert caught.value.faults[0].remedy == remedy


def test_a_misspelt_variable_is_recognised() -> None:
    with pytest.raises(SettingsError) as caught:
        good({"FENGHUO_DATABSE_URL": "x"}, frozenset({Variable.DATABASE_URL}))
    assert "FENGHUO_DATABSE_URL" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    "look", [str, repr, Settings.describe, Settings.model_dump_json, lambda s: str(s.model_dump())]
)
def test_no_secret_shows(look: Callable[[Settings], str]) -> None:
    settings = good(SECRETS, NEED_SERVE)
    shown = look(settings) + look(settings.model_copy())
    assert "alerts.example.com" in shown  # it does show the rest
    assert not [hidden for hidden in HIDDEN if hidden in shown]


def test_no_secret_shows_in_a_fault() -> None:
    wrong = {
        "FENGHUO_DATABASE_URL": "mysql://fenghuo:pa55-of-app@db.example/fenghuo",
        "FENGHUO_OWNER_URL": "postgresql://owner:pa55-of-owner@db.example",
        "FENGHUO_DATA_KEYS": f"2:{KEY[::-1].hex()},{OLD_KEY.hex()}",
        "FENGHUO_BLIND_INDEX_KEY": KEY.hex()[:16],
        "FENGHUO_SECRET_KEY": "session-signing"[:15],
    }
    found = faults_of(GOOD / "config.yaml", wrong, NEED_SERVE)
    assert len(found) == 5
    assert not [hidden for hidden in HIDDEN if any(hidden in fault for fault in found)]


def test_secrets_are_given_to_who_asks_for_them() -> None:
    secrets = good(SECRETS).secrets
    assert secrets.text(Variable.DATABASE_URL) == SECRETS["FENGHUO_DATABASE_URL"]
    assert secrets.text(Variable.TWILIO_AUTH_TOKEN) == "token-of-the-account"
    assert secrets.index_ring().current.secret == KEY
    assert secrets.data_ring().versions == (2, 1)
    assert secrets.data_ring().get(1).secret == OLD_KEY
    with pytest.raises(SettingsError, match="FENGHUO_OWNER_URL is not set"):
        good({}).secrets.text(Variable.OWNER_URL)
    with pytest.raises(SettingsError, match="FENGHUO_BLIND_INDEX_KEY is not set"):
        good({}).secrets.index_ring()


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
    ],
)
def test_the_key_may_be_hex_or_base64(text: str) -> None:
    ring = good({"FENGHUO_BLIND_INDEX_KEY": f" {text}\n"}).secrets.index_ring()
    assert (ring.current.version, ring.current.secret) == (1, KEY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (KEY[:31].hex(), "is too short: 31 bytes, at least 32 are needed"),
        (base64.b64encode(KEY[:16]).decode(), "is too short: 16 bytes, at least 32 are needed"),
        ("correct horse battery staple, and then some", "is neither hex nor base64"),
        ("00" * 32, "is not random: it repeats a few bytes"),
    ],
)
def test_a_weak_key_is_refused(text: str, why: str) -> None:
    found = faults_of(GOOD / "config.yaml", {"FENGHUO_BLIND_INDEX_KEY": text}, NEED_NOTHING)
    assert found == [f"environment:0: FENGHUO_BLIND_INDEX_KEY {why}"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", '"::1"'])
def test_every_loopback_address_is_taken(host: str, tmp_path: Path) -> None:
    text = (GOOD / "config.yaml").read_text(encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(text.replace("bind: 127.0.0.1", f"bind: {host}"), encoding="utf-8")
    settings = load_settings(path, {}, need=NEED_NOTHING, plans_dir=GOOD / "plans")
    assert settings.web.bind == host.strip('"')


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    absent, latin, empty = (tmp_path / name for name in ("absent", "latin", "empty"))
    latin.write_bytes("bank:\n  name: Crédit\n".encode("latin-1"))
    empty.write_text("# nothing yet\n", encoding="utf-8")
    assert faults_of(absent, {}, NEED_NOTHING) == [
        "absent:0: the file cannot be read: No such file or directory"
    ]
    assert faults_of(latin, {}, NEED_NOTHING) == ["latin:2: is not UTF-8 text"]
    assert faults_of(empty, {}, NEED_NOTHING) == ["empty:1: the file is empty"]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        good({}).web.port = 1
