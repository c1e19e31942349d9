"""A browser's WebSocket in as many lines as the push needs of it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from simple_websocket import Client, ConnectionClosed


class _Browser(Client):  # type: ignore[misc]
    def handshake(self) -> None:
        """Name the port in Host, as browsers do and this client does not."""
        self.host = f"{self.host}:{self.port}"
        super().handshake()


@dataclass
class Push:
    """One connection: what it heard, and whether it still stands."""

    url: str
    headers: dict[str, str]
    heard: list[Any] = field(default_factory=list)
    open: bool = False

    def connect(self) -> Push:
        """Raises simple_websocket.ConnectionError where the handshake is refused."""
        address = self.url.replace("http", "ws", 1) + "socket.io/?EIO=4&transport=websocket"
        self._socket = _Browser(address, headers=self.headers)
        # The opening that comes with the handshake's last bytes is shown by this client only when
        # more follows: so it is not waited for before asking to join.
        self._socket.send("40")
        got = self._next()
        self.open = (self._next() if got.startswith("0{") else got).startswith("40{")
        return self

    def listen(self, seconds: float) -> Push:
        """Take in what comes within this time."""
        try:
            while (got := self._socket.receive(timeout=seconds)) is not None:
                if got == "2":
                    self._socket.send("3")
                elif got.startswith("42"):
                    self.heard.append(json.loads(got[2:]))
                elif got == "41":
                    self.open = False
        except ConnectionClosed:
            self.open = False
        return self

    def say(self, event: str, *arguments: Any) -> None:
        self._socket.send("42" + json.dumps([event, *arguments]))

    def close(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            self._socket.close()

    def _next(self) -> str:
        got = self._socket.receive(timeout=5)
        assert isinstance(got, str)
        return got
