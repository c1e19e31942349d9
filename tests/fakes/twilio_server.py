"""A fake Twilio in a process of its own: ``python -m tests.fakes.twilio_server``.

One port speaks the Messages API over real HTTP, another takes orders (see `_Control`). The
first line on stdout is a JSON object with both ports; the process ends when its stdin closes.
Loopback only. Nothing of Fenghuo is imported here.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import socket
import struct
import sys
import threading
import time
from collections import deque
from hashlib import sha1
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fakes.twilio_contract import Contract, description_file
from tests.fakes.twilio_state import Problem, State

LOOPBACK = "127.0.0.1"


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """X-Twilio-Signature as documented: HMAC-SHA1 over the address and the sorted parameters."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


class _Handler(BaseHTTPRequestHandler):
    """Reads the body and writes JSON; HTTP/1.0 closes after each answer."""

    server: _Server

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, payload: Any, **headers: str) -> bytes:
        content = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        return content


class _Api(_Handler):
    """The part of Twilio's API that an SMS sender uses."""

    def do_POST(self) -> None:
        body = self.body()
        self._serve("POST", body, "send", lambda: self._create(body))

    def do_GET(self) -> None:
        where = "list" if urlsplit(self.path).path.endswith("/Messages.json") else "account"
        self._serve("GET", b"", where, self._list if where == "list" else self._account)

    def _serve(self, method: str, body: bytes, where: str, work: Any) -> None:
        state = self.server.state
        with state.lock:
            state.requests += 1
        fault = state.take_fault(where)
        try:
            self._admit(method, body)
            if ("code" in fault or "status" in fault) and not fault.get("after_accepting"):
                status = fault.get("status")
                default = 20429 if status == 429 else status
                raise Problem(int(fault.get("code", default)), status=status)
            payload = work()
            if fault:
                return self._misbehave(fault)
            success = 201 if method == "POST" else 200
            self._check_answer(method, success, self.answer(success, payload))
        except Problem as problem:
            wait = fault.get("retry_after")
            extra = {} if wait is None else {"Retry_After": str(wait)}
            self.answer(problem.status, problem.body, **extra)
        if where == "send":
            self.server.automatic_receipts()

    def _admit(self, method: str, body: bytes) -> None:
        """Authentication, path, encoding and the published contract; raises Problem."""
        state, parts = self.server.state, urlsplit(self.path)
        basic = base64.b64encode(f"{state.account_sid}:{state.auth_token}".encode()).decode()
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Basic {basic}"):
            raise Problem(20003)
        account = f"/2010-04-01/Accounts/{state.account_sid}"
        if parts.path not in (f"{account}/Messages.json", f"{account}.json"):
            self._object(f"{method} {parts.path} is not in the API")
            raise Problem(20404)
        if method == "POST" and not self.headers.get("Content-Type", "").startswith(
            "application/x-www-form-urlencoded"
        ):
            self._object("a body that is no form")
            raise Problem(21604)
        if self.server.contract and parts.path.endswith("/Messages.json"):
            headers = dict(self.headers.items())
            faults = self.server.contract.request_faults(
                method, parts.path, parts.query, headers, body
            )
            for fault in faults:
                self._object(fault)

    def _create(self, body: bytes) -> dict[str, Any]:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
        return self.server.state.create(dict(pairs))

    def _list(self) -> dict[str, Any]:
        query = dict(parse_qsl(urlsplit(self.path).query))
        size = int(query.get("PageSize", "50"))
        found = self.server.state.newest_first(query.get("To"), query.get("From"))
        return {
            "messages": found[:size],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(len(found[:size]) - 1, 0),
            "uri": self.path,
            "first_page_uri": self.path,
            "next_page_uri": None,
            "previous_page_uri": None,
        }

    def _account(self) -> dict[str, Any]:
        state = self.server.state
        return {
            "sid": state.account_sid,
            "friendly_name": "fake",
            "status": state.account_status,
            "type": "Full",
        }

    def _misbehave(self, fault: dict[str, Any]) -> None:
        """The message is taken already; only the answer goes wrong."""
        kind = fault.get("kind")
        if kind == "hang":
            time.sleep(float(fault["seconds"]))
        elif kind == "drip":
            self._drip(float(fault["seconds"]))
        elif kind == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        elif kind == "garbage":
            self.answer(201, fault["answer"])
        else:
            self.answer(int(fault["status"]), {"status": fault["status"], "message": "oops"})

    def _drip(self, seconds: float) -> None:
        with contextlib.suppress(OSError):
            self.send_response(201)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)

    def _check_answer(self, method: str, status: int, content: bytes) -> None:
        path = urlsplit(self.path).path
        if self.server.contract and path.endswith("/Messages.json"):
            for fault in self.server.contract.answer_faults(method, path, status, content):
                self._object(f"our own answer: {fault}")

    def _object(self, problem: str) -> None:
        with self.server.state.lock:
            self.server.state.problems.append(problem)


class _Server(ThreadingHTTPServer):
    """The API server; may be stopped and started again on the same port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, state: State, contract: Contract | None) -> None:
        self.state, self.contract = state, contract
        super().__init__((LOOPBACK, port), _Api)

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no news."""

    def automatic_receipts(self) -> None:
        """Send the receipts ordered for every message, for the newest one, in their order."""
        with self.state.lock:
            plan = list(self.state.automatic)
            newest = self.state.messages[-1]["sid"] if self.state.messages else None
        if plan and newest:
            threading.Thread(target=send_receipts, args=(self.state, newest, plan)).start()


def send_receipts(state: State, sid: str, plan: list[dict[str, Any]]) -> list[int]:
    """Call the message's StatusCallback once for each {"status", "error_code"?, "delay"?}."""
    answers = []
    for step in plan:
        time.sleep(float(step.get("delay", 0)))
        message = state.move(sid, step["status"], step.get("error_code"))
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": step["status"],
            "SmsStatus": step["status"],
            "AccountSid": state.account_sid,
            "To": message["to"],
            "From": message["from"] or "",
            "ApiVersion": "2010-04-01",
        }
        if step.get("error_code"):
            form["ErrorCode"] = str(step["error_code"])
        answers.append(call_back(state, state.callbacks[sid], form))
    return answers


def send_inbound(state: State, order: dict[str, Any]) -> int:
    """Bring a text from a phone to the webhook given as "url"."""
    form = {
        "MessageSid": order.get("sid") or "SM" + "0" * 24 + f"{time.monotonic_ns() % 16**8:08x}",
        "AccountSid": state.account_sid,
        "From": order["from"],
        "To": state.number,
        "Body": order["body"],
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCountry": "CN",
        "ApiVersion": "2010-04-01",
    }
    return call_back(state, order["url"], form)


def call_back(state: State, url: str, form: dict[str, str]) -> int:
    """POST a signed form; the signature is over the public `url`, whatever proxy lies before it."""
    public = next((known for known in state.proxies if url.startswith(known)), "")
    target = urlsplit(state.proxies[public] + url[len(public) :] if public else url)
    connection = HTTPConnection(str(target.hostname), target.port, timeout=10)
    try:
        connection.request(
            "POST",
            target.path + (f"?{target.query}" if target.query else ""),
            urlencode(form),
            {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "X-Twilio-Signature": sign(state.auth_token, url, form),
                "User-Agent": "TwilioProxy/1.1",
            },
        )
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


class _Control(_Handler):
    """Orders: POST /<order> with a JSON body; the answer is {"result": …}."""

    server: _ControlServer

    def do_POST(self) -> None:
        order = json.loads(self.body() or b"{}")
        try:
            result = getattr(self, "order_" + self.path.strip("/"))(order)
        except (AttributeError, KeyError, StopIteration) as error:
            self.answer(400, {"error": repr(error)})
            return
        self.answer(200, {"result": result})

    @property
    def state(self) -> State:
        return self.server.state

    def order_reset(self, _: dict[str, Any]) -> None:
        self.state.reset()
        self.server.start_api()

    def order_fault(self, order: dict[str, Any]) -> None:
        """{"where": "send"|"list"|"account", "times": n, …fault}: see FakeTwilio for the kinds."""
        fault = {k: v for k, v in order.items() if k not in ("where", "times")}
        for _ in range(int(order.get("times", 1))):
            self.state.faults.setdefault(order["where"], deque()).append(dict(fault))

    def order_receipts(self, order: dict[str, Any]) -> list[int]:
        return send_receipts(self.state, order["sid"], order["plan"])

    def order_automatic(self, order: dict[str, Any]) -> None:
        self.state.automatic = order["plan"]

    def order_status(self, order: dict[str, Any]) -> None:
        self.state.move(order["sid"], order["status"], order.get("error_code"))

    def order_account(self, order: dict[str, Any]) -> None:
        self.state.account_status = order["status"]

    def order_proxy(self, order: dict[str, Any]) -> None:
        self.state.proxies[order["public"]] = order["target"]

    def order_inbound(self, order: dict[str, Any]) -> int:
        return send_inbound(self.state, order)

    def order_messages(self, _: dict[str, Any]) -> list[dict[str, Any]]:
        return list(reversed(self.state.newest_first(None, None)))

    def order_problems(self, _: dict[str, Any]) -> list[str]:
        return list(self.state.problems)

    def order_requests(self, _: dict[str, Any]) -> int:
        return self.state.requests

    def order_refuse(self, _: dict[str, Any]) -> None:
        self.server.stop_api()

    def order_listen(self, _: dict[str, Any]) -> None:
        self.server.start_api()


class _ControlServer(ThreadingHTTPServer):
    """Holds the API server and starts and stops it."""

    daemon_threads = True

    def __init__(self, state: State, contract: Contract | None) -> None:
        self.state, self.contract = state, contract
        self.api: _Server | None = None
        self.api_port = 0
        super().__init__((LOOPBACK, 0), _Control)
        self.start_api()

    def start_api(self) -> None:
        if self.api is None:
            self.api = _Server(self.api_port, self.state, self.contract)
            self.api_port = self.api.server_address[1]
            threading.Thread(target=self.api.serve_forever, args=(0.02,), daemon=True).start()

    def stop_api(self) -> None:
        if self.api is not None:
            self.api.shutdown()
            self.api.server_close()
            self.api = None


def main() -> None:
    account_sid, auth_token, number = sys.argv[1:4]
    file = description_file()
    server = _ControlServer(
        State(account_sid, auth_token, number), Contract(file) if file else None
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = {"api": server.api_port, "control": server.server_address[1], "contract": bool(file)}
    print(json.dumps(ports), flush=True)  # noqa: T201  # the handshake with the parent
    sys.stdin.read()  # the parent's end closes the pipe, and with it this process


if __name__ == "__main__":
    main()
