"""How the commands speak: faults with their remedy to stderr, and what the exit code means.

0: all is done. 1: some rows failed. 2: the file, the map or the settings are at fault.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Literal, NoReturn

import click

from core.errors import (
    Conflict,
    FenghuoError,
    FieldFault,
    InvalidInput,
    SettingsError,
)

Lang = Literal["zh", "en"]
SOME_FAILED, FAULTY = 1, 2

language = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="FENGHUO_LANG",
    show_default=True, help="Language of what is printed.",
)  # fmt: skip


def say(text: str) -> None:
    """A line to stderr: stdout is for results alone."""
    click.echo(text, err=True)


def fault_line(fault: FieldFault, lang: Lang) -> str:
    """``column: what is wrong -> remedy``."""
    where = f"{fault.field}: " if fault.field else ""
    remedy = fault.remedy(lang)
    return f"{where}{fault.message(lang)}" + (f" -> {remedy}" if remedy else "")


@contextlib.contextmanager
def faults_told(name: str, lang: Lang) -> Iterator[None]:
    """Turn an error raised on purpose into its lines on stderr and exit code 2."""
    try:
        yield
    except SettingsError as error:
        _leave([str(fault) for fault in error.faults])
    except InvalidInput as error:
        faults = [f if f.field != "file" else _bare(f) for f in error.faults]
        _leave([f"{name}: {fault_line(fault, lang)}" for fault in faults])
    except Conflict as error:
        _leave([f"{name}: {error.zh if lang == 'zh' else error.en}"])
    except FenghuoError as error:
        _leave([f"{name}: {error}"])


def _bare(fault: FieldFault) -> FieldFault:
    return FieldFault("", fault.zh, fault.en, fault.remedy_zh, fault.remedy_en)


def _leave(lines: list[str]) -> NoReturn:
    for line in lines:
        say(line)
    sys.exit(FAULTY)
