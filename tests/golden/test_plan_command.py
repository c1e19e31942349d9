"""`fenghuo plan`: its words, its exit codes, and that it works with no bank at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.settings import overlay_names, plan_names
from dashboard.cli import fenghuo
from tests.engine.scene import PLANS, Scene
from tests.postgres import TestDatabase

CONFIG = PLANS.parent / "config.yaml"


def _run(*words: str, **environ: str) -> Result:
    given = {"FENGHUO_DATABASE_URL": None, "FENGHUO_LANG": None, **environ}
    return CliRunner().invoke(fenghuo, ["plan", *words], env=given)


def test_sound_plans_are_named_with_their_edition() -> None:
    done = _run("check", "--config", str(CONFIG))
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [*plan_names(PLANS), *overlay_names(PLANS)]
    assert all("条" in line and "+" in line.split()[1] for line in lines)


def test_every_fault_with_file_line_and_remedy(tmp_path: Path) -> None:
    shutil.copytree(PLANS, tmp_path / "plans")
    shutil.copy(CONFIG, tmp_path / "config.yaml")
    path = tmp_path / "plans" / "maturing-wealth-product.yaml"
    text = path.read_text(encoding="utf-8").replace("step: 5m", "step: soon", 1)
    path.write_text(text.replace("most: 40", "most: 10", 1), encoding="utf-8")
    done = _run("check", "--config", str(tmp_path / "config.yaml"))
    assert done.exit_code == 1
    where = f"{path}:"
    own = [line for line in done.stderr.splitlines() if line.startswith(where)]
    assert len(own) == 2 and all("->" in line and line[len(where)].isdigit() for line in own)
    assert done.stdout == ""


def test_a_simulation_over_the_banks_own_database(db: TestDatabase) -> None:
    scene = Scene(db)
    url = str(db.app_url)
    words = ("simulate", "incident_opened", "--at", "2026-12-31T23:50", "--unit", "SH1",
             "--heads", "12", "--for", "2h", "--config", str(CONFIG))  # fmt: skip
    done = _run(*words, FENGHUO_DATABASE_URL=url)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == (
        "事件启动 (incident_opened) SH1 2026-12-31 周四 23:50 maturing-wealth-product"
    )
    assert any("第2级已通知" in line and "5分钟内签收不足" in line for line in lines)
    assert lines[-1].endswith("只是推演，未发送任何短信")
    english = _run(*words, "--lang", "en", FENGHUO_DATABASE_URL=url).output
    assert "nobody at head office acknowledged for 45 minutes" in english
    found = json.loads(_run(*words, "--json", FENGHUO_DATABASE_URL=url).output)
    assert found["unit"] == "SH1" and {e["kind"] for e in found["entries"]} >= {"ladder", "text"}
    assert scene.open_incidents() == []


def test_without_a_bank_the_example_bank_answers() -> None:
    done = _run("simulate", "incident_large", "--at", "2026-02-14T17:45", "--for", "1h",
                "--ack-after", "3m", "--config", str(CONFIG))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "升级为大规模" in done.output and "已签收（短信）" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("incident_opened", "--at", "tomorrow"), "is no time"),
        (("no_such_event", "--at", "2026-02-14T17:45"), "no_such_event"),
        (("incident_opened", "--at", "2026-02-14T17:45", "--for", "long"), "length of time"),
        (("complaint_classified", "--at", "2026-02-14", "--class", "Z"), "预案中没有此分类"),
        (("incident_opened", "--at", "2026-02-14", "--plan", "none"), "there is no plan"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], says: str) -> None:
    done = _run("simulate", *words, "--config", str(CONFIG))
    assert done.exit_code == 2 and says in done.output
