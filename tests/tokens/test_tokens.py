"""Tokens: what each may do and where, what is kept of it, and how soon it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from core.errors import Conflict, InvalidInput, NotFound
from core.rights import Right
from dashboard import tokens
from dashboard.commands.token_command import token as command
from dashboard.tokens import NewToken, TokenCheck
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

TAKE = frozenset({Right.TAKE_COMPLAINT})


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


def _create(scene: Scene, value: NewToken) -> str:
    return scene.db.app.run(lambda c: tokens.create(c, value, actor="web:none:1"))


def _verbs(scene: Scene) -> list[Any]:
    found = sa.text("SELECT verb, subject, actor, after FROM journal WHERE verb LIKE 'token%'"
                    " ORDER BY id")  # fmt: skip
    return list(scene.db.app.read(lambda c: c.execute(found).all()))


def test_a_token_is_of_its_area_scopes_and_sources(scene: Scene) -> None:
    secret = _create(scene, NewToken("crm", frozenset({"crm"}), TAKE, "SH"))
    viewer = TokenCheck(scene.db.app).viewer(secret, "10.1.2.3")
    assert viewer is not None
    assert (viewer.kind, viewer.name, viewer.rights) == ("token", "crm", TAKE)
    assert viewer.area == scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT path FROM units WHERE code = 'SH'")).scalar_one()
    )
    assert viewer.may_write("crm") and not viewer.may_write("web")
    assert viewer.actor == "token:crm"


def test_only_the_hash_is_kept_and_the_last_use_masked(scene: Scene) -> None:
    secret = _create(scene, NewToken("crm"))
    assert len(secret) >= 43
    TokenCheck(scene.db.app).viewer(secret, "10.1.2.3")
    (row,) = scene.db.app.read(tokens.listed)
    assert (row["state"], row["used_from"], row["unit"]) == ("active", "10.1.2.*", "HO")
    assert row["used"] is not None
    whole = scene.db.owner.read(
        lambda c: (
            str(c.execute(sa.text("SELECT t::text FROM api_tokens t")).all())
            + str(c.execute(sa.text("SELECT j::text FROM journal j")).all())
        )
    )
    assert secret not in whole and secret[3:] not in whole
    assert tokens.digest(secret).hex() in whole
    assert [(r.verb, r.actor) for r in _verbs(scene)] == [("token_created", "web:none:1")]


@pytest.mark.parametrize("given", ["", "x", "fh_" + "x" * 43, "x" * 5000, "fh_\0"])
def test_no_other_text_is_a_token(scene: Scene, given: str) -> None:
    _create(scene, NewToken("crm"))
    assert TokenCheck(scene.db.app).viewer(given) is None


def test_revoked_is_over_within_seconds_everywhere(scene: Scene) -> None:
    secret = _create(scene, NewToken("crm"))
    check = TokenCheck(scene.db.app)
    assert check.viewer(secret) is not None
    assert scene.db.app.run(lambda c: tokens.revoke(c, "crm", actor="cli"))
    assert not scene.db.app.run(lambda c: tokens.revoke(c, "crm", actor="cli"))
    assert TokenCheck(scene.db.app).viewer(secret) is None
    assert tokens.KEEP_SECONDS <= 5
    held = check._known[tokens.digest(secret)]
    check._known[tokens.digest(secret)] = (held[0] - tokens.KEEP_SECONDS, held[1])
    assert check.viewer(secret) is None
    with pytest.raises(NotFound):
        scene.db.app.run(lambda c: tokens.revoke_id(c, 1, actor="cli"))
    assert [r.verb for r in _verbs(scene)] == ["token_created", "token_revoked"]


def test_an_expired_token_is_none(scene: Scene) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    secret = _create(scene, NewToken("crm", expires=soon))
    assert TokenCheck(scene.db.app).viewer(secret) is not None
    scene.db.app.run(lambda c: c.execute(
        sa.text("UPDATE api_tokens SET expires_real = clock_timestamp()")
    ))  # fmt: skip
    assert TokenCheck(scene.db.app).viewer(secret) is None
    assert scene.db.app.read(tokens.listed)[0]["state"] == "expired"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (NewToken(""), "label"),
        (NewToken("x" * 61), "label"),
        (NewToken(" crm"), "label"),
        (NewToken("c\nrm"), "label"),
        (NewToken("crm", scopes=frozenset()), "scopes"),
        (NewToken("crm", scopes=frozenset({Right.MANAGE_TOKENS})), "scopes"),
        (NewToken("crm", scopes=frozenset({Right.REVEAL_CLIENT})), "scopes"),
        (NewToken("crm", sources=frozenset()), "sources"),
        (NewToken("crm", sources=frozenset({""})), "sources"),
        (NewToken("crm", unit="NONE"), "unit"),
        (NewToken("crm", expires=datetime(2020, 1, 1, tzinfo=UTC)), "expires"),
    ],
)
def test_an_unfit_token_is_refused(scene: Scene, value: NewToken, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _create(scene, value)
    assert {fault.field for fault in refused.value.faults} == {field}
    assert scene.db.app.read(tokens.listed) == []


def test_a_label_is_used_once_for_ever(scene: Scene) -> None:
    _create(scene, NewToken("crm"))
    scene.db.app.run(lambda c: tokens.revoke(c, "crm", actor="cli"))
    with pytest.raises(Conflict):
        _create(scene, NewToken("crm"))


def test_a_scope_that_no_token_may_have_is_not_read_either(scene: Scene) -> None:
    """A row that somebody changed by hand gives no more than the table of rights does."""
    secret = _create(scene, NewToken("crm"))
    scene.db.owner.run(lambda c: c.execute(
        sa.text("UPDATE api_tokens SET scopes = '{take_complaint,manage_tokens,nothing_known}'")
    ))  # fmt: skip
    viewer = TokenCheck(scene.db.app).viewer(secret)
    assert viewer is not None and viewer.rights == TAKE


def test_tokens_of_before_are_of_head_office_with_every_scope(cluster: Any) -> None:
    old = cluster.as_of("0011")
    try:
        for code, parent in (("HO", None), ("SH", 1)):
            old.owner.run(lambda c, code=code, parent=parent: c.execute(sa.text(
                "INSERT INTO units (code, name, short_name, level, parent_id, path)"
                " VALUES (:code, :code, :code, :level, :parent, :path)"
            ), {"code": code, "parent": parent, "path": "/1/" if parent is None else "/1/2/",
                "level": "head_office" if parent is None else "branch"}))  # fmt: skip
        old.owner.run(lambda c: c.execute(sa.text(
            "INSERT INTO api_tokens (label, token_hash, sources) VALUES ('crm', :hash, '{*}')"
        ), {"hash": tokens.digest("old")}))  # fmt: skip
        old.bring_up()
        viewer = TokenCheck(old.app).viewer("old")
        assert viewer is not None
        # Every right of then; one that came later is not given away.
        given = import_module("database.migrations.versions.0012_tokens").SCOPES
        assert (viewer.area, viewer.rights) == ("/1/", frozenset(map(Right, given)))
    finally:
        old.close()


CREATE = (
    "create", "hotline", "--source", "hotline", "--scope", "take_complaint", "--unit", "SH",
    "--expires", "2099-01-01",
)  # fmt: skip


def test_the_command_creates_lists_and_revokes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_DATABASE_URL", scene.db.app_url)
    run = CliRunner()
    made = run.invoke(command, CREATE)
    assert made.exit_code == 0, made.output
    viewer = TokenCheck(scene.db.app).viewer(made.output.strip())
    assert viewer is not None and viewer.rights == TAKE and viewer.sources == {"hotline"}
    shown = run.invoke(command, ["list"]).output
    assert "hotline\tSH\thotline\ttake_complaint\tactive" in shown
    assert made.output.strip() not in shown
    assert run.invoke(command, ["create", "x", "--scope", "manage_people"]).exit_code == 2
    assert run.invoke(command, ["revoke", "hotline"]).output == "revoked\n"
    assert run.invoke(command, ["revoke", "hotline"]).exit_code == 1
