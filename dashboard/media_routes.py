"""Behind the media pages: cases, what is done on them, files, the media list; JSON, own pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from core.errors import FieldFault, InvalidInput
from dashboard import media_acts, media_paper, media_values
from dashboard.api_values import parse
from dashboard.i18n import lang
from dashboard.media_acts import VERBS, Call, Verb, by_person
from dashboard.page_routes import page_blueprint
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.report_papers import file_answer
from dashboard.report_values import receipt_parts
from dashboard.services import Services
from dashboard.whoami import viewer
from escalation.engine import Engine, now_of
from escalation.ids import media_id, media_number
from escalation.media_view import USUAL


def register(server: Flask, services: Services) -> None:
    """Add ``/live/media``."""
    routes = page_blueprint("media_page", "/live/media")
    _cases(routes, services)
    _contacts(routes, services)
    _feeds(routes, services)
    _daily(routes, services)
    for name, verb in VERBS.items():
        routes.add_url_rule(
            f"/cases/<media>/{name}", f"do_{name}", _view(services, verb), methods=["POST"]
        )
    server.register_blueprint(routes)


def _cases(routes: Blueprint, services: Services) -> None:
    @routes.get("/cases")
    def listed() -> Response:
        return fresh({**page_of(services.engine), "home": _home(services)})

    @routes.post("/cases/search")
    def searched() -> Response:
        """The same for a text: in a body, for what is typed may be anybody's name."""
        body = parse(media_values.MediaSearchBody, request.get_json(silent=True))
        found = services.engine.media.cases(show=body.state, text=body.text, limit=body.limit)
        return fresh({**found, "home": _home(services)})

    @routes.get("/cases/<media>")
    def one(media: str) -> Response:
        return fresh(services.engine.media.case(media_number(media)))

    @routes.get("/cases/<media>/files/<int:file>")
    def file(media: str, file: int) -> Response:
        return file_answer(services.engine.media.case_file(media_number(media), file))

    @routes.post("/cases")
    def found() -> Response:
        act = parse(media_values.MediaFoundBody, request.get_json(silent=True))
        value = act.found(now_of(services.engine))
        number, new = services.engine.media.find(value, by_person())
        return fresh({"case": media_id(number), "new": new})


def page_of(engine: Engine) -> dict[str, Any]:
    """The list as the address asks for it: state and limit. InvalidInput."""
    asked = request.args
    limit = asked.get("limit") or str(USUAL)
    if not (limit.isascii() and limit.isdigit() and len(limit) < 9):
        raise InvalidInput([FieldFault("limit", "应为数字", "must be a number", "请填写数字",
                                       "give a number")])  # fmt: skip
    return engine.media.cases(show=asked.get("state") or "open", text=None, limit=int(limit))


def _home(services: Services) -> dict[str, Any]:
    """The viewer's own unit: what they find is its case unless they say otherwise."""
    unit = services.engine.house.tree().get(viewer().unit_id)
    return {"unit": unit.code, "unit_name": unit.short_name, "level": unit.level.value}


def _view(services: Services, verb: Verb) -> Callable[[str], Response]:
    def view(media: str) -> Response:
        given, file = receipt_parts(request) if verb.file else (request.get_json(silent=True), None)
        number, engine = media_number(media), services.engine
        body = parse(verb.body, given)
        verb.do(Call(engine, number, body, file, by_person(), now_of(engine)))
        return fresh(engine.media.case(number))

    return view


def _contacts(routes: Blueprint, services: Services) -> None:
    def listed() -> Response:
        return fresh({"contacts": services.engine.media.media_list(), "home": _home(services)})

    @routes.get("/contacts")
    def contacts() -> Response:
        return listed()

    @routes.post("/contacts")
    def contact_added() -> Response:
        act = parse(media_values.MediaContactBody, request.get_json(silent=True))
        services.engine.media.save_contact(None, act.value(), by_person())
        return listed()

    @routes.post("/contacts/<int:contact>")
    def contact_changed(contact: int) -> Response:
        act = parse(media_values.MediaContactBody, request.get_json(silent=True))
        services.engine.media.save_contact(contact, act.value(), by_person())
        return listed()

    @routes.post("/contacts/<int:contact>/talks")
    def talked(contact: int) -> Response:
        act = parse(media_values.MediaTalkBody, request.get_json(silent=True))
        value = act.value(now_of(services.engine))
        services.engine.media.note_contact(contact, value, media_acts.by_person())
        return listed()


def _feeds(routes: Blueprint, services: Services) -> None:
    def listed() -> Response:
        return fresh({"feeds": services.engine.media.feeds(), "home": _home(services)})

    @routes.get("/feeds")
    def feeds() -> Response:
        return listed()

    @routes.post("/feeds")
    def feed_added() -> Response:
        act = parse(media_values.MediaFeedBody, request.get_json(silent=True))
        services.engine.media.save_feed(None, act.value(), by_person())
        return listed()

    @routes.post("/feeds/<int:feed>")
    def feed_changed(feed: int) -> Response:
        act = parse(media_values.MediaFeedBody, request.get_json(silent=True))
        services.engine.media.save_feed(feed, act.value(), by_person())
        return listed()


def _daily(routes: Blueprint, services: Services) -> None:
    @routes.get("/daily")
    def daily() -> Response:
        return fresh(services.engine.media.daily(_day()))

    @routes.get(f"/daily.<{KINDS}:kind>")
    def daily_paper(kind: str) -> Response:
        summary = services.engine.media.daily(_day())
        bank = services.settings.bank.name
        paper = media_paper.daily_paper(summary, bank, lang())
        return paper_answer(services, paper, kind, f"media-{summary['day']}")


def _day() -> date | None:
    """The day asked for; InvalidInput for what is none."""
    text = request.args.get("day")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput([FieldFault("day", "不是日期", "is no day", "写作2026-11-22",
                                       "write it as 2026-11-22")]) from None  # fmt: skip


def fresh(answer: dict[str, Any]) -> Response:
    """An answer that nobody keeps."""
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
