"""Site facts from `config.yaml`, secrets from the environment; all faults at once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from core.errors import SettingFault, SettingsError
from core.rights import Access
from core.secrets import (
    NEED_DEMO,
    NEED_ENGINE,
    NEED_MIGRATE,
    NEED_NOTHING,
    NEED_SERVE,
    TWILIO_VARIABLES,
    Secrets,
    Variable,
    read_secrets,
)
from core.strict_model import Strict, nearest, refused, validate
from core.strict_yaml import Document, Place, read_document

__all__ = [
    "NEED_DEMO",
    "NEED_ENGINE",
    "NEED_MIGRATE",
    "NEED_NOTHING",
    "NEED_SERVE",
    "Secrets",
    "Settings",
    "Variable",
    "load_settings",
    "no_such_file",
    "overlay_names",
    "plan_names",
    "read_settings",
]


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's own address (`localhost`, 127.x, ::1)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(host: str) -> str:
    if not is_loopback(host):
        _address(host)
    return host


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        what = f"{host[:60]!r} is no IP address"
        raise refused(what, "write it as 127.0.0.1, 10.0.0.5 or ::1") from None


def _whole_path(path: str) -> str:
    if not path.startswith("/"):
        raise refused("must be a whole path", "write it from / on, such as /etc/fenghuo/tls.pem")
    return path


def _split(url: str) -> SplitResult | None:
    """`url` taken apart, or None unless it is http(s), absolute and bare."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    bare = not (parts.query or parts.fragment or parts.username or parts.password)
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not url.split()[1:]
    return parts if whole and bare else None


def _absolute_url(url: str) -> str:
    if _split(url) is None:
        remedy = "write it as https://host or https://host/path, without user, ? and #"
        raise refused("must be an absolute http or https address", remedy)
    return url.rstrip("/")


def _provider_url(url: str) -> str:
    return _encrypted_url(url, "the account's secret")


def _callback_url(url: str) -> str:
    return _encrypted_url(url, "what is said of clients")


def _encrypted_url(url: str, sent: str) -> str:
    parts = _split(url := _absolute_url(url))
    if parts and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        what = f"would send {sent} over the network in clear"
        raise refused(what, "use https; http is for this machine only")
    return url


def _signature(text: str) -> str:
    if any(char in "【】[]{}" or char.isspace() for char in text):
        raise refused("must be bare words", "leave out brackets and blanks; 【】 are added")
    return text


def _number(text: str) -> str:
    service = text.startswith("MG") and len(text) == 34 and text.isalnum()
    phone = text.startswith("+") and text[1:].isdecimal() and 7 <= len(text) - 1 <= 15
    if not (service or phone):
        remedy = "write it as +8613800000000, or the MG... id of a messaging service"
        raise refused("must be a number that can be replied to", remedy)
    return text


AbsoluteUrl = Annotated[str, AfterValidator(_absolute_url)]
PlanName = Annotated[str, Field(min_length=1, max_length=60)]


class BankSettings(Strict):
    name: Annotated[str, Field(min_length=1, max_length=60)] = Field(description="the bank's name")
    sms_signature: Annotated[
        str, Field(min_length=1, max_length=12), AfterValidator(_signature)
    ] = Field(description="the words between 【 and 】 in every SMS")


WholePath = Annotated[str, Field(min_length=2, max_length=400), AfterValidator(_whole_path)]


class TlsSettings(Strict):
    certificate: WholePath = Field(description="PEM file, with the chain above it")
    key: WholePath = Field(description="PEM file that only the web process may read")


class WebSettings(Strict):
    bind: Annotated[str, AfterValidator(_bind)] = Field(
        description="127.0.0.1; another address needs tls or trusted_proxy"
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(description="such as 8050")
    public_url: AbsoluteUrl = Field(description="the address that people and providers use")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(description="web processes")
    threads: Annotated[int, Field(ge=1, le=5_000)] = Field(
        description="threads a process; more than the viewers it serves"
    )
    tls: TlsSettings | None = Field(default=None, description="{certificate, key}")
    trusted_proxy: tuple[Annotated[str, AfterValidator(_address)], ...] = Field(
        default=(), description="addresses of the proxies that speak https for us, or []"
    )


class TwilioSettings(Strict):
    sender: Annotated[str, AfterValidator(_number)] = Field(
        description="the number or messaging service that texts come from"
    )
    base_url: Annotated[str, AfterValidator(_provider_url)] | None = Field(
        default=None, description="another address of the API, such as a test double's"
    )


class SmsSettings(Strict):
    gateways: Annotated[tuple[Literal["sandbox", "twilio"], ...], Field(min_length=1)] = Field(
        description="sandbox, twilio or both, in order of preference"
    )
    twilio: TwilioSettings | None = Field(default=None, description="{sender, base_url}")


class EngineSettings(Strict):
    tick_seconds: Annotated[float, Field(ge=0.05, le=30)] = Field(
        description="seconds from one look for due work to the next"
    )
    senders: Annotated[int, Field(ge=1, le=64)] = Field(description="texts under way at once")


class MapSettings(Strict):
    review_number: Annotated[str, Field(max_length=60)] = Field(description='审图号, or ""')
    source: Annotated[str, Field(max_length=200)] = Field(description="where boundaries are from")


class LimitSettings(Strict):
    """Requests a minute that one token or session may make of one web process; a sixth of it may
    come at once. A site that says nothing has these."""

    intake_per_minute: Annotated[int, Field(ge=600, le=10_000_000)] = Field(
        default=120_000, description="complaints and gatherings of one caller; keep it high"
    )
    write_per_minute: Annotated[int, Field(ge=60, le=10_000_000)] = Field(
        default=6_000, description="other changes of one token"
    )
    read_per_minute: Annotated[int, Field(ge=60, le=10_000_000)] = Field(
        default=6_000, description="reads of one token"
    )
    session_per_minute: Annotated[int, Field(ge=300, le=10_000_000)] = Field(
        default=3_000, description="reads and changes of one person's session"
    )


class SignInSettings(Strict):
    """How people sign in; a site that says nothing has these."""

    idle_minutes: Annotated[int, Field(ge=5, le=1_440)] = Field(
        default=60, description="minutes without a request after which a session ends"
    )
    absolute_hours: Annotated[int, Field(ge=1, le=72)] = Field(
        default=12, description="hours after which a session ends in any case"
    )
    second_factor_roles: tuple[Access, ...] = Field(
        default=(Access.HEAD_OFFICE, Access.AUDITOR, Access.ADMINISTRATOR),
        description="roles that must give a second factor, or []",
    )


class VaultSettings(Strict):
    cipher: Literal["aes", "sm4"] = Field(description="aes (AES-256-GCM) or sm4 (SM4-GCM)")


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise refused(f"{text[:20]!r} is no time of day", 'write it as "20:00"')
    return text


class DropSettings(Strict):
    folder: WholePath = Field(description="where 95558's files are put; only the engine reads it")
    settle_seconds: Annotated[int, Field(ge=1, le=3_600)] = Field(
        default=30, description="a file without NAME.done is whole when unchanged for so long"
    )


class CallbackSettings(Strict):
    url: Annotated[str, AfterValidator(_callback_url)] = Field(
        description="where answers are posted; https, or http on this machine"
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = Field(
        default=10, description="how long an answer is waited for"
    )


class HotlineSettings(Strict):
    """How 95558's own system is connected (docs/hotline.md); a site that says nothing has the
    API alone."""

    source: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="95558", description="the source of its files, and whose answers are sent"
    )
    list_by: Annotated[str, AfterValidator(_clock)] | None = Field(
        default=None, description='the hour by which the list of the day before is there, "09:00"'
    )
    drop: DropSettings | None = Field(default=None, description="{folder, settle_seconds}")
    callback: CallbackSettings | None = Field(default=None, description="{url, timeout_seconds}")


class WatchSettings(Strict):
    """What the feed watch may reach; a site that says nothing reaches the public web only."""

    internal_hosts: tuple[Annotated[str, Field(min_length=1, max_length=253)], ...] = Field(
        default=(), description="hosts of the bank's own network that feeds may be read from, or []"
    )


class RetentionSettings(Strict):
    years: Annotated[int, Field(ge=5, le=100)] = Field(
        description="how long complaints are kept before somebody decides on them; 5 at least"
    )


class ConfigFile(Strict):
    """The shape of `config.yaml`."""

    bank: BankSettings = Field(description="{name, sms_signature}")
    plan: PlanName = Field(description="a file of plans/, without .yaml")
    overlays: tuple[PlanName, ...] = Field(description="overlays among the files of plans/, or []")
    web: WebSettings = Field(description="where it listens")
    sms: SmsSettings = Field(description="how texts are sent")
    engine: EngineSettings = Field(description="its pace")
    map: MapSettings = Field(description="what the map must name")
    sign_in: SignInSettings = Field(
        default=SignInSettings(), description="{idle_minutes, absolute_hours, second_factor_roles}"
    )
    limits: LimitSettings = Field(
        default=LimitSettings(), description="{intake_per_minute, read_per_minute, ...}"
    )
    vault: VaultSettings = Field(
        default=VaultSettings(cipher="aes"), description="how clients' data is encrypted"
    )
    hotline: HotlineSettings = Field(
        default=HotlineSettings(), description="{source, list_by, drop, callback}"
    )
    watch: WatchSettings = Field(
        default=WatchSettings(), description="{internal_hosts}: what the feed watch may reach"
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(years=5), description="how long it is kept"
    )


class Settings(ConfigFile):
    """Everything a process needs to know of its site. Frozen; its repr shows no secret."""

    secrets: Secrets = Field(description="from the environment")

    def describe(self) -> str:
        """One line a setting, for the log at start; of a secret only whether it is set."""
        shown = self.model_dump(mode="json", exclude={"secrets"})
        return "\n".join([*_flat(shown, ""), *self.secrets.describe()])


def _flat(value: object, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield f"{name}: {shown}"


def plan_names(plans_dir: Path) -> tuple[str, ...]:
    """The names of the plans in `plans_dir`, sorted; none where there is no such folder."""
    return tuple(sorted(p.stem for p in plans_dir.glob("*.yaml") if not _is_overlay(p)))


def overlay_names(plans_dir: Path) -> tuple[str, ...]:
    """The names of the overlays in `plans_dir`, sorted: files that say `overlay:` at the top."""
    return tuple(sorted(p.stem for p in plans_dir.glob("*.yaml") if _is_overlay(p)))


def _is_overlay(path: Path) -> bool:
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    return any(line.startswith(b"overlay:") for line in lines) and not any(
        line.startswith(b"plan:") for line in lines
    )


def no_such_file(plans_dir: Path, name: str, kind: str) -> tuple[str, str]:
    """What is wrong where `name` is no file of this kind (plan, overlay), and what to do."""
    kinds = {"plan": plan_names(plans_dir), "overlay": overlay_names(plans_dir)}
    other = "overlay" if kind == "plan" else "plan"
    known = kinds[kind]
    close = nearest(name, known)
    hint = f"did you mean `{close}`? " if close else ""
    remedy = f"{hint}existing {kind}s: {', '.join(known) or 'none'}"
    if name in kinds[other]:
        return f"{name[:60]!r} is {_A[other]}, not {_A[kind]}", remedy
    return f"there is no {kind} {name[:60]!r}", remedy


_A = {"plan": "a plan", "overlay": "an overlay"}


def load_settings(
    config_path: Path,
    environ: Mapping[str, str],
    *,
    need: frozenset[Variable],
    plans_dir: Path | None = None,
) -> Settings:
    """The site's settings; SettingsError with all faults of file, environment and plan names.

    `need` says which secrets the process cannot do without (NEED_SERVE, NEED_ENGINE,
    NEED_MIGRATE, NEED_NOTHING). `plans_dir` is `plans` beside the file unless given.
    """
    settings, faults = read_settings(config_path, environ, need=need, plans_dir=plans_dir)
    if settings is None:
        raise SettingsError(faults)
    return settings


def read_settings(
    config_path: Path,
    environ: Mapping[str, str],
    *,
    need: frozenset[Variable],
    plans_dir: Path | None = None,
) -> tuple[Settings | None, tuple[SettingFault, ...]]:
    """The settings or, where there is any fault, None and all of them."""
    folder = config_path.parent / "plans" if plans_dir is None else plans_dir
    document = read_document(config_path)
    config, of_file = validate(
        document,
        ConfigFile,
        (lambda found: _plans_exist(found, folder), _gateways, _reachable, _encrypted),
    )
    if "twilio" not in _gateway_words(document):
        need -= TWILIO_VARIABLES
    if document.get("hotline", "callback") is None:
        need -= {Variable.HOTLINE_SECRET}
    secrets, of_environment = read_secrets(environ, need)
    faults = (*of_file, *of_environment)
    if config is None or secrets is None or faults:
        return None, faults
    return Settings(**dict(config), secrets=secrets), ()


def _plans_exist(document: Document, plans_dir: Path) -> Iterator[SettingFault]:
    """`plan` names a plan and `overlays` overlays, each once."""
    known = {"plan": plan_names(plans_dir), "overlay": overlay_names(plans_dir)}
    places: list[tuple[str, Place]] = [("plan", ("plan",))]
    places += [("overlay", place) for place in document.entries("overlays")]
    seen: set[str] = set()
    for kind, place in places:
        name = document.get(*place)
        if not isinstance(name, str) or not name:
            continue
        if name in seen:
            yield document.fault(place, f"{name[:60]} is named twice", f"name each {kind} once")
        elif name not in known[kind]:
            yield document.fault(place, *no_such_file(plans_dir, name, kind))
        seen.add(name)


def _gateway_words(document: Document) -> list[str]:
    words = document.get("sms", "gateways")
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def _gateways(document: Document) -> Iterator[SettingFault]:
    words, place = _gateway_words(document), ("sms", "gateways")
    for word in sorted({word for word in words if words.count(word) > 1}):
        yield document.fault(place, f"{word[:40]} stands twice", "name each gateway once")
    if "twilio" in words and document.get("sms", "twilio") is None:
        what = "twilio is used, but sms.twilio is missing"
        yield document.fault(place, what, "add `twilio: {sender: ...}` below sms")


def _reachable(document: Document) -> Iterator[SettingFault]:
    """The real Twilio cannot bring receipts and replies to a loopback address."""
    url = document.get("web", "public_url")
    parts = _split(url) if isinstance(url, str) else None
    real = "twilio" in _gateway_words(document) and not document.get("sms", "twilio", "base_url")
    if real and parts and is_loopback(parts.hostname or ""):
        what = "Twilio cannot reach a loopback address: no receipt and no reply would arrive"
        remedy = "set the address under which this site is reached from outside"
        yield document.fault(("web", "public_url"), what, remedy)


def _encrypted(document: Document) -> Iterator[SettingFault]:
    """Whoever is not on this machine comes by https: sessions and clients' data travel."""
    bind, url = document.get("web", "bind"), document.get("web", "public_url")
    if not isinstance(bind, str) or is_loopback(bind):
        return
    try:
        ipaddress.ip_address(bind)
    except ValueError:
        return  # said already
    if not document.get("web", "tls") and not document.get("web", "trusted_proxy"):
        what = f"{bind} is open to the network, and nothing encrypts what is said there"
        remedy = (
            "set web.tls: {certificate, key}, or web.trusted_proxy: [address] of a proxy that"
            " speaks https, or bind: 127.0.0.1"
        )
        yield document.fault(("web", "bind"), what, remedy)
    elif isinstance(url, str) and url.startswith("http:"):
        what = "people would be sent to http, which nobody answers here"
        yield document.fault(("web", "public_url"), what, "write it with https://")
