"""The drill's story, told through the public API like any real source would.

A product matures short of what clients expected. Times are real seconds from the start; the demo's
clock runs 60 times as fast, so a second is a minute of the bank's time.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.signin.demo import BRANCH_OF_THE_HEAD

log = logging.getLogger("fenghuo.drill")
PRODUCT = "稳健增利3号"
SECOND = "安享2号"
OTHER_PRODUCTS = ("丰利90天", "稳盈1号", "日日盈")
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = ("建国", "秀英", "丽华", "志强", "桂兰", "海燕", "玉梅", "国庆", "晓东", "淑珍")
#: Outlet, headline, how far it goes, readers; all made up.
_PRESS = (
    ("江畔晚报", "“{product}”到期收益缩水，投资者网点讨说法", "regional", 42_000),
    ("财经观察网", "理财产品到期不及预期，银行称正在核实", "national", 380_000),
)
_CHANNELS = ("counter", "counter", "counter", "phone", "phone", "web", "visit", "visit", "hotline")


@dataclass(frozen=True)
class Beat:
    """One thing that happens: seconds from the start, what, where."""

    at: float
    kind: str
    unit: str
    product: str | None = PRODUCT


class Drill:
    """Tells the story once, then keeps a slow trickle going until stopped."""

    def __init__(self, base_url: str, token: str, stopping: threading.Event) -> None:
        self._base, self._token, self._stopping = base_url, token, stopping
        self._random = random.Random()
        self._run = uuid.uuid4().hex[:8]
        self._number = 0
        self._case: str | None = None

    def run(self) -> None:
        """Play all beats at their times; a beat that fails is logged and does not end the story."""
        try:
            outlets = self._outlets()
        except (OSError, ValueError) as error:
            log.warning("the drill could not start: %s", error)
            return
        start = time.monotonic()
        for beat in self._story(outlets):
            if self._stopping.wait(max(0.0, start + beat.at - time.monotonic())):
                return
            try:
                self._play(beat)
            except (OSError, ValueError) as error:
                log.warning("a beat of the drill failed: %s", error)

    def _outlets(self) -> dict[str, list[str]]:
        """Outlets by branch: first the one whose head signs in by one click, the others in a random
        order so that another run differs."""
        found: dict[str, list[str]] = {}
        for unit in self._call("GET", "/api/v1/units"):
            if unit["level"] in ("sub_branch", "outlet"):
                found.setdefault(unit["parent"], []).append(unit["code"])
        branches = [b for b in found if len(found[b]) >= 2]
        self._random.shuffle(branches)
        branches.sort(key=lambda code: code != BRANCH_OF_THE_HEAD)
        return {b: found[b] for b in branches}

    def _story(self, outlets: dict[str, list[str]]) -> Iterator[Beat]:
        """First smoke here and there, a crowd, a gathering elsewhere, the media, the whole bank."""
        branches = list(outlets)
        first, second, third = (outlets[b] for b in branches[:3])
        beats = [Beat(2.0 + 2.2 * n, "complaint", first[0]) for n in range(14)]
        beats += [Beat(6.0 + 4.0 * n, "complaint", second[n % 2]) for n in range(9)]
        beats += [
            Beat(5.0 + 3.3 * n, "noise", self._any(outlets, branches), None) for n in range(20)
        ]
        beats += [Beat(40.0 + 2.5 * n, "complaint", third[0], SECOND) for n in range(8)]
        beats += [Beat(52.0, "gathering_small", second[0]), Beat(75.0, "gathering", second[0])]
        beats += [Beat(90.0, "media", first[0]), Beat(108.0, "press", first[0])]
        beats += [Beat(95.0 + 1.5 * n, "complaint", third[n % 2], SECOND) for n in range(12)]
        beats += [Beat(120.0 + 2.0 * n, "complaint", self._any(outlets, branches[:6]))
                  for n in range(25)]  # fmt: skip
        yield from sorted(beats, key=lambda beat: beat.at)
        at = 180.0
        while True:
            at += self._random.uniform(4.0, 15.0)
            yield Beat(at, "noise", self._any(outlets, branches), None)

    def _any(self, outlets: dict[str, list[str]], branches: list[str]) -> str:
        return self._random.choice(outlets[self._random.choice(branches)])

    def _play(self, beat: Beat) -> None:
        if beat.kind.startswith("gathering"):
            heads = 6 if beat.kind == "gathering_small" else 16
            body = {"unit": beat.unit, "complainants": heads, "onlookers": heads // 2,
                    "reported_by": "大堂经理", "note": "客户聚集在大堂"}  # fmt: skip
            self._call("POST", "/api/v1/gatherings", body)
            return
        if beat.kind == "press":
            if self._case is not None:
                self._call("POST", f"/api/v1/media-cases/{self._case}/sighting", self._report(1))
            return
        self._number += 1
        product = beat.product or self._random.choice(OTHER_PRODUCTS)
        media = beat.kind == "media"
        body = {
            "source": "drill", "source_ref": f"{self._run}-{self._number}",
            "received_at": self._now(), "unit": beat.unit, "product": product,
            "channel": "media" if media else self._random.choice(_CHANNELS),
            "client": self._client(), "subject": "到期收益低于预期",
            "summary": "产品到期收益低于销售时介绍的水平，要求解释并补偿。",
            "flags": ["media_present"] if media else [],
        }  # fmt: skip
        answer = self._call("POST", "/api/v1/complaints", body)
        if media:
            found = {**self._report(0), "unit": beat.unit, "scope": "regional"}
            self._case = str(self._call("POST", "/api/v1/media-cases", found)["case"])
            linked = {"complaint": answer["complaint"]}
            self._call("POST", f"/api/v1/media-cases/{self._case}/complaint", linked)

    def _report(self, nth: int) -> dict[str, Any]:
        """What the press writes of it: a paper of the town, then one of the whole country."""
        outlet, headline, word, reach = _PRESS[nth]
        return {
            "outlet": outlet, "headline": headline.format(product=PRODUCT), "word": word,
            "reach": reach, "link": f"https://news.example/{self._run}/{nth}",
            "excerpt": "多名投资者表示到期收益低于销售时的介绍，网点已安排专人接待。",
        }  # fmt: skip

    def _client(self) -> dict[str, str]:
        name = self._random.choice(_SURNAMES) + self._random.choice(_GIVEN)
        return {"name": name, "phone": f"1990{self._random.randrange(10**7):07d}"}

    def _now(self) -> str:
        """The drill's time as the board has it."""
        return str(self._call("GET", "/healthz")["now"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._base + path, data=data, method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read())
