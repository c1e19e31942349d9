"""Complaints as callers post them, every one of another client."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


class Bodies:
    """Makes request bodies; numbers never repeat within one run."""

    def __init__(
        self, units: Sequence[str], *, first: int = 0, products: int | None = None
    ) -> None:
        self._units, self._products = units, products
        self._numbers = itertools.count(first)

    def spread(self, how_many: int) -> list[dict[str, Any]]:
        """One outlet after the other, another product each: nobody complains together."""
        return [self._one(n, self._units[n % len(self._units)]) for n in self._take(how_many)]

    def crowd(self, how_many: int, unit: str) -> list[dict[str, Any]]:
        """All about one outlet."""
        return [self._one(n, unit) for n in self._take(how_many)]

    def _take(self, how_many: int) -> list[int]:
        return list(itertools.islice(self._numbers, how_many))

    def _one(self, number: int, unit: str) -> dict[str, Any]:
        kind = number if self._products is None else number * 7 % self._products
        return {
            "source": "bench", "source_ref": f"b-{number}", "unit": unit, "channel": "counter",
            "received_at": datetime.now(UTC).isoformat(), "product": f"稳盈{kind}号",
            "client": {"name": f"客户{number}", "phone": f"139{number:08d}",
                       "id_number": f"310101197{number:09d}"},
            "subject": "到期收益与宣传不符", "amount": 200000,
            "summary": "客户称购买时被告知年化收益率为百分之四,实际到账明显低于宣传,"
                       "要求书面说明并补足差额。",
        }  # fmt: skip
