"""The load: a process of its own with keep-alive connections, told by one JSON line a job.

`Load` is the parent's side. A job is closed-loop (each connection sends as soon as it has its
answer) or open-loop (`rate` requests a second, whether or not the answers keep up; latencies then
count from the moment a request was due).
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.ground import end
from tests.system.running import ROOT, TOKEN


@dataclass(frozen=True)
class Result:
    """One job's outcome; times in seconds."""

    seconds: float
    latencies: list[float]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class Load:
    """A load process; use as a context manager."""

    def __enter__(self) -> Load:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        end(self._child)

    def run(
        self, port: int, path: str, bodies: Sequence[Any], *, connections: int = 1,
        rate: float | None = None, expect: int = 201,
    ) -> Result:  # fmt: skip
        """Post all bodies; AssertionError unless every answer has the expected status."""
        job = {"port": port, "path": path, "connections": connections, "rate": rate,
               "bodies": list(bodies)}  # fmt: skip
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(job).encode() + b"\n")
        self._child.stdin.flush()
        result = Result(**json.loads(self._child.stdout.readline()))
        assert set(result.statuses) == {str(expect)}, result.statuses
        return result


_HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}


def _work(job: dict[str, Any]) -> dict[str, Any]:
    packed = [json.dumps(body).encode() for body in job["bodies"]]
    lines = [
        http.client.HTTPConnection("127.0.0.1", job["port"], timeout=60)
        for _ in range(job["connections"])
    ]
    for line in lines:
        line.connect()
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    todo = iter(range(len(packed)))
    drawing = threading.Lock()
    began = time.perf_counter() + 0.05

    def post(line: http.client.HTTPConnection) -> None:
        while True:
            with drawing:
                number = next(todo, None)
            if number is None:
                return
            due = began if job["rate"] is None else began + number / job["rate"]
            time.sleep(max(0.0, due - time.perf_counter()))
            start = due if job["rate"] is not None else time.perf_counter()
            line.request("POST", job["path"], packed[number], _HEADERS)
            answer = line.getresponse()
            answer.read()
            latencies.append(time.perf_counter() - start)
            statuses[str(answer.status)] += 1

    threads = [threading.Thread(target=post, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return {"seconds": seconds, "latencies": latencies, "statuses": statuses}


def main() -> None:
    for text in sys.stdin:
        print(json.dumps(_work(json.loads(text))), flush=True)


if __name__ == "__main__":
    main()
