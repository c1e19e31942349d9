"""Public ids and reply codes."""

from __future__ import annotations

from core.errors import NotFound

_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def complaint_id(number: int) -> str:
    return f"C{number:08d}"


def incident_id(number: int) -> str:
    return f"I{number:07d}"


def incident_number(public: str) -> int:
    """The number behind an incident's public id; NotFound for anything else."""
    return _number(public, "I", "incident")


def complaint_number(public: str) -> int:
    return _number(public, "C", "complaint")


def feedback_id(number: int) -> str:
    return f"F{number:08d}"


def feedback_number(public: str) -> int:
    """The number behind an answer's public id; NotFound for anything else."""
    return _number(public, "F", "feedback")


def regulator_case_id(number: int) -> str:
    return f"R{number:06d}"


def regulator_case_number(public: str) -> int:
    """The number behind a regulator case's public id; NotFound for anything else."""
    return _number(public, "R", "regulator_case")


def media_id(number: int) -> str:
    return f"M{number:07d}"


def media_number(public: str) -> int:
    """The number behind a media case's public id; NotFound for anything else."""
    return _number(public, "M", "media case")


def reply_code(number: int) -> str:
    """Five digits for the incident with this number: four scattered ones and a check digit.

    Neighbouring incidents get distant codes and one wrong or swapped digit is no code at all, so
    that a slip of the thumb cannot acknowledge another incident. It repeats after 9,000 incidents.
    """
    digits = str(1000 + number * 7919 % 9000)
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """Damm's check digit: finds every single wrong digit and every swap of two neighbours."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def _number(public: str, letter: str, what: str) -> int:
    digits = public[1:]
    if public[:1] != letter or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise NotFound(what)
    return int(digits)
