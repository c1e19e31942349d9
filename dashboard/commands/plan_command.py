"""`fenghuo plan`: what a plan would do (`simulate`), and whether it is sound (`check`)."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import click

from complaints.identity import BlindIndex
from contacts.demo_bank import build
from contacts.units import UnitTree
from core.clock import SHANGHAI
from core.durations import parse_span
from core.errors import FieldFault, InvalidInput
from core.secrets import Variable
from core.settings import NEED_NOTHING, Settings, load_settings, overlay_names, plan_names
from core.vault import Vault
from core.words import Channel, Level
from dashboard.commands.console import SOME_FAILED, Lang, faults_told, language, say
from dashboard.timeline_text import lines_of
from database.connection import Database
from escalation.house import House
from escalation.plan import Plan, Rules
from escalation.plan_file import check_all, load_plan, read_overlay
from escalation.scratch import embedded_scratch
from escalation.simulating import Occasion, simulate
from escalation.vocabulary import Event

OUTLETS = Path(__file__).parents[2] / "examples" / "contacts" / "outlets.csv"
CONFIG = click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), default=Path("config.yaml"),
    show_default=True, help="The site's settings; its plans are in plans/ beside it.",
)  # fmt: skip


@click.group("plan")
def plan_group() -> None:
    """Ask a plan what it would do, and whether it is sound."""


@plan_group.command("check")
@CONFIG
@language
def check(config: Path, lang: Lang) -> None:
    """Read every plan and overlay; name each with its edition, or every fault (exit code 1)."""
    plans_dir = config.parent / "plans"
    faults = check_all(config, os.environ, plans_dir)
    for fault in faults:
        say(str(fault))
    if faults:
        sys.exit(SOME_FAILED)
    for name in plan_names(plans_dir):
        _name(load_plan(name, plans_dir), name, lang)
    for name in overlay_names(plans_dir):
        overlay, _ = read_overlay(name, plans_dir)
        assert overlay is not None, "checked above"
        _name(overlay, name, lang)


def _name(rules: Rules, name: str, lang: Lang) -> None:
    number = len(rules.clauses)
    title = rules.title.zh if lang == "zh" else rules.title.en
    clauses = f"{number} 条" if lang == "zh" else f"{number} clauses"
    click.echo(f"{name}  {rules.version}  {clauses}  {title}")


class _Span(click.ParamType[timedelta]):
    """A length of time such as 24h."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return parse_span(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Moment(click.ParamType[datetime]):
    """A time such as 2026-12-31T23:50; without a zone it is Shanghai's."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-12-31T23:50", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


@plan_group.command("simulate")
@click.argument("event", type=click.Choice(get_args(Event)), metavar="EVENT")
@click.option("--at", type=_Moment(), required=True, help="When, such as 2026-12-31T23:50.")
@click.option("--unit", help="Where: a unit's code; default: the bank's first sub-branch.")
@click.option("--clients", type=click.IntRange(0), default=0, help="Clients who complain.")
@click.option("--heads", type=click.IntRange(0), default=0, help="People gathered on site.")
@click.option("--product", help="The product complained of.")
@click.option("--channel", type=click.Choice([c.value for c in Channel]), default="counter")
@click.option("--class", "class_id", help="One of the plan's own classes of complaints.")
@click.option("--large", is_flag=True, help="Large from the start.")
@click.option("--media", is_flag=True, help="The media are there.")
@click.option("--threat", is_flag=True, help="Somebody's safety is threatened.")
@click.option("--face-to-face", is_flag=True, help="Said face to face.")
@click.option("--ack-after", type=_Span(), help="The first person told acknowledges so long after.")
@click.option("--for", "length", type=_Span(), default="24h", show_default=True,
              help="How far to look ahead.")  # fmt: skip
@click.option("--plan", "plan_name", help="A plan of plans/; default: the settings' plan.")
@click.option("--demo", is_flag=True, help="With the example bank, in a database for once;"
              " so without FENGHUO_DATABASE_URL, too.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@CONFIG
@language
def simulate_command(
    event: Event, at: datetime, unit: str | None, clients: int, heads: int, product: str | None,
    channel: str, class_id: str | None, large: bool, media: bool, threat: bool,
    face_to_face: bool, ack_after: timedelta | None, length: timedelta, plan_name: str | None,
    demo: bool, as_json: bool, config: Path, lang: Lang,
) -> None:  # fmt: skip
    """Print who would be told of EVENT and when, with the reasons. Nothing is stored or sent.

    An incident is one of complaints (--clients), a gathering (--heads), or opened by hand.
    """
    with faults_told(event, lang):
        settings = load_settings(config, os.environ, need=NEED_NOTHING)
        plan = load_plan(plan_name or settings.plan, config.parent / "plans", settings.overlays)
        _refuse_class(plan, class_id)
        with _house(settings, plan, at, demo) as house:
            occasion = Occasion(
                event=event, unit=unit or _first(house.tree()), at=at, clients=clients,
                headcount=heads, product=product, channel=Channel(channel), class_id=class_id,
                large=large, media=media, threat=threat, face_to_face=face_to_face,
                acknowledged_after=ack_after,
            )  # fmt: skip
            timeline = simulate(house, occasion, length)
    if as_json:
        click.echo(json.dumps(timeline.as_json(), ensure_ascii=False, indent=2))
        return
    for line in lines_of(timeline, lang):
        click.echo(line)


@contextlib.contextmanager
def _house(settings: Settings, plan: Plan, at: datetime, demo: bool) -> Iterator[House]:
    """Over the bank's own database, or over the example bank in one made for this once."""
    url = os.environ.get(Variable.DATABASE_URL.value)
    blind = BlindIndex(os.urandom(32))  # no client is ever looked up
    if url and not demo:
        database = Database(url, pool_size=1, name="fenghuo-simulate")
        try:
            yield House(database, plan, blind, settings.bank.sms_signature, Vault.of_chance())
        finally:
            database.dispose()
        return
    with embedded_scratch() as scratch:
        scratch.set_clock(at)
        scratch.database.run(lambda c: build(c, OUTLETS))
        yield House(scratch.database, plan, blind, settings.bank.sms_signature, Vault.of_chance())


def _first(tree: UnitTree) -> str:
    found = sorted(u.code for u in tree.all() if u.level is Level.SUB_BRANCH)
    if not found:
        raise InvalidInput([FieldFault("unit", "没有支行，请指定机构", "there is no sub-branch",
                                       "请用 --unit", "name one with --unit")])  # fmt: skip
    return found[0]


def _refuse_class(plan: Plan, class_id: str | None) -> None:
    known = sorted(c.id for _name, rules in plan.rules for c in rules.classes)
    if class_id is not None and class_id not in known:
        listed = ", ".join(known) or "-"
        raise InvalidInput([FieldFault("class", "预案中没有此分类", "is no class of the plan",
                                       f"可选：{listed}", f"choose one of {listed}")])  # fmt: skip
