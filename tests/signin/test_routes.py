"""Through the door: forms, cookies, steps, and what is refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from core.rights import Access
from core.settings import Settings
from dashboard.signin import sessions
from dashboard.signin_cookies import local_path
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signin.visitor import OURS, PASSWORD, Counting, Visitor, account, counting
from tests.web_safety.site import running, settings_of


def _sql(db: TestDatabase, text: str, **keys: object) -> sa.CursorResult[object]:
    return db.app.run(lambda c: c.execute(sa.text(text), keys))


def test_login_and_password_open_a_session(db: TestDatabase, visitor: Visitor) -> None:
    account(db)
    answer = visitor.sign_in(" ZHANG ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert visitor.signed_in
    assert visitor.open("/sign-in?next=/duties").headers["Location"] == "/duties"


def test_every_session_has_a_number_that_nobody_saw_before(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db)
    visitor.client.set_cookie("fenghuo_session", "planted-by-somebody-else", domain="localhost")
    visitor.sign_in()
    first = visitor.cookie()
    assert first not in (None, "planted-by-somebody-else")
    _again(visitor)
    assert visitor.cookie() != first
    assert sessions.find(db.app, first, visitor.site.limits) is None
    reasons = _sql(db, "SELECT ended_why FROM sessions ORDER BY id").scalars().all()
    assert reasons == ["signed_in_again", None]


def _again(visitor: Visitor) -> None:
    """Sign in once more although signed in: another tab had the form open."""
    former = visitor.cookie()
    visitor.client.delete_cookie("fenghuo_session", domain="localhost")
    visitor.site.sessions.forget()
    visitor.open()
    assert former is not None
    visitor.client.set_cookie("fenghuo_session", former, domain="localhost")
    visitor.send("/sign-in", login="zhang", password=PASSWORD)


def test_cookies_can_be_read_by_no_script_and_go_to_no_other_site(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db)
    opened = visitor.open().headers.getlist("Set-Cookie")
    entered = visitor.send("/sign-in", login="zhang", password=PASSWORD).headers.getlist(
        "Set-Cookie"
    )
    held = {line.split("=")[0]: line for line in opened + entered if "Max-Age=0" not in line}
    assert set(held) == {"fh_form", "fenghuo_session", "fh_device"}
    assert all("HttpOnly" in line and "Path=/" in line for line in held.values())
    assert "SameSite=Lax" in held["fenghuo_session"]
    assert "SameSite=Strict" in held["fh_device"]
    assert not any("Domain" in line for line in held.values())
    assert "Max-Age" not in held["fenghuo_session"]


def test_over_https_cookies_are_secure_and_bound_to_the_host(db: TestDatabase) -> None:
    Scene(db)
    account(db)
    plain = settings_of(db)
    web = plain.web.model_copy(update={"public_url": "https://fenghuo.example.com"})
    settings: Settings = plain.model_copy(update={"web": web})
    with running(db, settings) as server:
        counting(server)
        visitor = Visitor(server, host="fenghuo.example.com")
        visitor.open()
        client = server.test_client()
        base = "https://fenghuo.example.com"
        opened = client.get("/sign-in", base_url=base)
        token = re.search(r'name="token" value="(\w+)"', opened.get_data(as_text=True))
        assert token
        answer = client.post(
            "/sign-in", base_url=base,
            data={"token": token[1], "login": "zhang", "password": PASSWORD},
            headers={"Origin": base, "Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        assert answer.status_code == 303
        lines = opened.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
        assert lines
        assert all(line.startswith("__Host-f") and "Secure" in line for line in lines)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/duties?unit=SH", "/duties?unit=SH"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/ /evil.example", "/"),
        ("/\r\nLocation: https://evil.example", "/"),
        ("", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/sign-out", "/"),
        ("/" + "a" * 600, "/"),
    ],
)  # fmt: skip
def test_signing_in_leads_to_our_own_pages_only(
    db: TestDatabase, visitor: Visitor, wanted: str, goes: str
) -> None:
    account(db)
    assert local_path(wanted) == goes
    visitor.open()
    answer = visitor.send("/sign-in", login="zhang", password=PASSWORD, next=wanted)
    assert answer.headers["Location"] == goes


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "too long"])
def test_a_refusal_says_the_same_and_costs_the_same(
    db: TestDatabase, visitor: Visitor, hashing: Counting, case: str
) -> None:
    number = account(db)
    if case == "disabled":
        _sql(db, "UPDATE accounts SET disabled_real = clock_timestamp() WHERE id = :n", n=number)
    login = "nobody" if case == "unknown" else "zhang"
    password = {"disabled": PASSWORD, "too long": PASSWORD * 50}.get(case, "not the password")
    answer = visitor.sign_in(login, password)
    assert answer.status_code == 401
    assert "登录名或密码不对，或账号已停用" in visitor.page
    assert hashing.work == 1
    assert visitor.cookie() is None
    assert visitor.cookie("fh_device") is None


def test_a_right_password_costs_as_much_as_a_wrong_one(
    db: TestDatabase, visitor: Visitor, hashing: Counting
) -> None:
    account(db)
    visitor.sign_in()
    assert (visitor.signed_in, hashing.work) == (True, 1)


def test_a_password_hashed_with_former_parameters_is_hashed_anew(
    db: TestDatabase, visitor: Visitor
) -> None:
    from argon2 import PasswordHasher

    number = account(db)
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    _sql(db, "UPDATE accounts SET password_hash = :h WHERE id = :n", h=old, n=number)
    visitor.sign_in()
    now = _sql(db, "SELECT password_hash FROM accounts").scalar_one()
    assert visitor.signed_in
    assert isinstance(now, str) and "m=8,t=1" in now


def test_forms_need_their_token_and_an_own_origin(db: TestDatabase, visitor: Visitor) -> None:
    account(db)
    visitor.open()
    fields = {"login": "zhang", "password": PASSWORD}
    assert visitor.send("/sign-in", token="0" * 64, **fields).status_code == 400
    visitor.open()
    other = Visitor(visitor.server)
    other.open()
    other.page = visitor.page  # another browser's token
    assert other.send("/sign-in", **fields).status_code == 400
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ):
        assert visitor.send("/sign-in", headers=headers, **fields).status_code == 403
    assert visitor.cookie() is None
    visitor.open()
    assert visitor.send("/sign-in", headers=OURS, **fields).status_code == 303


def test_a_one_time_password_lets_in_only_to_choose_another(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db, ready=False)
    assert visitor.sign_in().headers["Location"] == "/sign-in/step"
    assert not visitor.signed_in
    visitor.open("/sign-in/step")
    assert "设置自己的密码" in visitor.page
    step = {"do": "password"}
    assert visitor.send("/sign-in/step", **step, password="x" * 12, again="y").status_code == 422
    short = visitor.send("/sign-in/step", **step, password="short", again="short")
    assert (short.status_code, "密码不足12位" in visitor.page) == (422, True)
    same = visitor.send("/sign-in/step", **step, password=PASSWORD, again=PASSWORD)
    assert (same.status_code, "和原来的一样" in visitor.page) == (422, True)
    assert not visitor.signed_in
    chosen = "four unrelated words"
    assert visitor.send("/sign-in/step", **step, password=chosen, again=chosen).status_code == 303
    assert visitor.signed_in
    assert Visitor(visitor.server).sign_in(password=PASSWORD).status_code == 401


def test_a_one_time_password_is_void_after_seven_days(db: TestDatabase, visitor: Visitor) -> None:
    account(db, ready=False)
    _sql(db, "UPDATE accounts SET password_set_real = password_set_real - interval '8 days'")
    assert visitor.sign_in().status_code == 401
    assert "一次性密码已过期" in visitor.page
    assert visitor.sign_in(password="not the password").status_code == 401
    assert "一次性密码已过期" not in visitor.page


def _enrol(visitor: Visitor) -> tuple[str, list[str]]:
    """Set up the second factor on the way in; secret and recovery codes."""
    visitor.open("/sign-in/step")
    found = re.search(r'<code class="in-key">([A-Z2-7 ]+)</code>', visitor.page)
    assert found
    secret = found[1].replace(" ", "")
    visitor.send("/sign-in/step", do="enrol", code=pyotp.TOTP(secret).now())
    return secret, re.findall(r"<li>([a-z2-9-]+)</li>", visitor.page)


def test_a_role_that_needs_a_second_factor_reaches_nothing_but_its_enrolment(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db, roles=(Access.HEAD_OFFICE,), unit="HO")
    assert visitor.sign_in().headers["Location"] == "/sign-in/step"
    assert visitor.cookie() is None
    visitor.open("/sign-in/step")
    wrong = visitor.send("/sign-in/step", do="enrol", code="000000")
    assert wrong.status_code == 401
    assert visitor.send("/sign-in/step", do="onward").status_code == 303
    assert visitor.cookie() is None
    assert visitor.send("/sign-in/step", do="password", password="x" * 20,
                        again="x" * 20).status_code == 401  # fmt: skip
    _, codes = _enrol(visitor)
    assert len(codes) == 10
    assert visitor.send("/sign-in/step", do="onward").status_code == 303
    assert visitor.signed_in
    assert _sql(db, "SELECT factor FROM sessions").scalar_one() == "totp"


def _next_code(db: TestDatabase, secret: str) -> str:
    """A code of a later step than the last used one, still within the drift."""
    last = _sql(db, "SELECT totp_last_step FROM accounts").scalar_one()
    assert isinstance(last, int)
    return str(pyotp.TOTP(secret).at((last + 1) * 30))


def test_after_that_code_or_recovery_code_is_asked_for_and_works_once(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db, roles=(Access.HEAD_OFFICE,), unit="HO")
    visitor.sign_in()
    secret, codes = _enrol(visitor)
    other = Visitor(visitor.server)
    assert other.sign_in().headers["Location"] == "/sign-in/step"
    assert "第二验证" in other.open("/sign-in/step").get_data(as_text=True)
    used = pyotp.TOTP(secret).at(_last(db) * 30)
    assert other.send("/sign-in/step", do="code", code=used).status_code == 401
    assert other.send("/sign-in/step", do="code", code=_next_code(db, secret)).status_code == 303
    assert other.signed_in
    third = Visitor(visitor.server)
    third.sign_in()
    third.open("/sign-in/step")
    spent = codes[3].upper().replace("-", " ")
    assert third.send("/sign-in/step", do="code", code=spent).status_code == 303
    assert third.signed_in
    fourth = Visitor(visitor.server)
    fourth.sign_in()
    fourth.open("/sign-in/step")
    assert fourth.send("/sign-in/step", do="code", code=codes[3]).status_code == 401
    assert not fourth.signed_in


def _last(db: TestDatabase) -> int:
    last = _sql(db, "SELECT totp_last_step FROM accounts").scalar_one()
    assert isinstance(last, int)
    return last


def test_a_right_password_buys_no_more_guesses_at_codes(db: TestDatabase, visitor: Visitor) -> None:
    """Neither in a browser that is known nor in a strange one."""
    account(db, roles=(Access.HEAD_OFFICE,), unit="HO")
    visitor.sign_in()
    _enrol(visitor)
    visitor.send("/sign-in/step", do="onward")
    for browser in (visitor, Visitor(visitor.server, address="127.7.7.7")):
        browser.client.post("/sign-out", headers=OURS)
        answers = []
        for _ in range(12):
            assert browser.sign_in().status_code == 303
            browser.open("/sign-in/step")
            answers.append(browser.send("/sign-in/step", do="code", code="000000").status_code)
        assert (answers[0], answers[-1]) == (401, 429)


def test_two_windows_enrol_at_one_moment(db: TestDatabase, visitor: Visitor) -> None:
    account(db, roles=(Access.HEAD_OFFICE,), unit="HO")
    visitor.sign_in()
    ticket = visitor.cookie("fh_step")
    assert ticket is not None
    _enrol(visitor)
    other = Visitor(visitor.server)
    other.open()
    other.client.set_cookie("fh_step", ticket, domain="localhost")
    assert "第二验证" in other.open("/sign-in/step").get_data(as_text=True)
    answer = other.send("/sign-in/step", do="enrol", code="000000")
    assert (answer.status_code, other.cookie()) == (303, None)


def test_a_ticket_is_void_once_the_password_changes(db: TestDatabase, visitor: Visitor) -> None:
    number = account(db, roles=(Access.HEAD_OFFICE,), unit="HO")
    visitor.sign_in()
    _sql(db, "UPDATE accounts SET password_hash = password_hash || 'x' WHERE id = :n", n=number)
    assert visitor.open("/sign-in/step").headers["Location"] == "/sign-in"


def test_guessing_is_slowed_down_with_words_and_a_header(
    db: TestDatabase, visitor: Visitor, hashing: Counting
) -> None:
    account(db)
    for _ in range(5):
        assert visitor.sign_in(password="guess").status_code == 401
    before = hashing.work
    answer = visitor.sign_in()
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 16
    assert re.search(r"请在 \d\d:\d\d:\d\d 以后再试（约\d+秒）", visitor.page)
    assert hashing.work == before  # not even judged
    elsewhere = Visitor(visitor.server, address="127.9.9.9")
    assert elsewhere.sign_in().status_code == 303
    _sql(db, "UPDATE sign_in_failures SET last_real = last_real - interval '16 seconds'")
    assert visitor.sign_in().status_code == 303


def test_strangers_at_the_same_address_do_not_delay_a_browser_that_is_known(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db)
    visitor.sign_in()
    visitor.client.post("/sign-out", headers=OURS)
    stranger = Visitor(visitor.server, address=visitor.address)
    for _ in range(8):
        stranger.sign_in(password="guess")
    assert stranger.sign_in().status_code == 429
    assert visitor.sign_in().status_code == 303
    forged = Visitor(visitor.server, address=visitor.address)
    forged.client.set_cookie("fh_device", "made.up.cookie", domain="localhost")
    assert forged.sign_in().status_code == 429


def test_no_login_and_no_address_is_kept_with_failures(db: TestDatabase, visitor: Visitor) -> None:
    visitor.sign_in("secret.login", "guess")
    kept = _sql(db, "SELECT string_agg(f::text, ' ') FROM sign_in_failures f").scalar_one()
    assert isinstance(kept, str)
    assert "secret" not in kept
    assert "127.1.2.3" not in kept
    hexed = _sql(db, "SELECT string_agg(encode(key, 'escape'), ' ') FROM sign_in_failures")
    assert "secret" not in str(hexed.scalar_one())


def test_signing_out_ends_the_session(db: TestDatabase, visitor: Visitor) -> None:
    account(db)
    visitor.sign_in()
    cookie = visitor.cookie()
    assert visitor.client.post("/sign-out").status_code == 403  # no word of where it comes from
    answer = visitor.client.post("/sign-out", headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?out=1")
    assert visitor.cookie() is None
    assert sessions.find(db.app, cookie, visitor.site.limits) is None
    assert "已退出登录" in visitor.open("/sign-in?out=1").get_data(as_text=True)


def test_a_page_without_a_session_leads_to_the_form_and_back(
    db: TestDatabase, visitor: Visitor
) -> None:
    account(db)
    sent = visitor.open("/duties?unit=SH").headers["Location"]
    assert sent.startswith("/sign-in?next=/duties")
    visitor.open(sent)
    answer = visitor.send("/sign-in", login="zhang", password=PASSWORD)
    assert answer.headers["Location"] == "/duties?unit=SH"
    assert visitor.open("/duties").status_code == 200
    assert visitor.live("/live/account").status_code == 200


def test_an_administrator_begins_where_they_have_work(db: TestDatabase, visitor: Visitor) -> None:
    account(db, roles=(Access.ADMINISTRATOR,), unit="HO")
    visitor.sign_in()
    _enrol(visitor)
    assert visitor.send("/sign-in/step", do="onward").headers["Location"] == "/people"


def test_nothing_typed_comes_back_as_markup(visitor: Visitor) -> None:
    visitor.sign_in('"><script>alert(1)</script>', "guess")
    assert "<script" not in visitor.page
    visitor.open("/sign-in?next=/%22%3E%3Cscript%3E")
    assert "<script" not in visitor.page
    policy = visitor.open().headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert " style=" not in visitor.page


def test_the_other_language_is_a_link_away(visitor: Visitor) -> None:
    assert visitor.open("/sign-in?lang=en&next=/plan").headers["Location"] == "/sign-in?next=/plan"
    assert "Sign in" in visitor.open().get_data(as_text=True)


def test_a_session_started_is_in_the_journal_without_a_name(
    db: TestDatabase, visitor: Visitor
) -> None:
    number = account(db)
    visitor.sign_in()
    row = _sql(db, "SELECT actor, subject, j::text AS all FROM journal j"
                   " WHERE verb = 'signed_in'").one()  # fmt: skip
    assert (row.actor, row.subject) == (f"account:{number}", f"account:{number}")  # type: ignore[attr-defined]
    everything = _sql(db, "SELECT string_agg(j::text, ' ') FROM journal j"
                          " WHERE subject LIKE 'account:%'").scalar_one()  # fmt: skip
    assert "张三" not in str(everything)
    assert "zhang" not in str(everything)


def test_the_wait_is_real_time_even_in_a_drill(db: TestDatabase, visitor: Visitor) -> None:
    account(db)
    for _ in range(5):
        visitor.sign_in(password="guess")
    db.move_time(timedelta(days=1))
    assert isinstance(db.now(), datetime)
    assert visitor.sign_in().status_code == 429
