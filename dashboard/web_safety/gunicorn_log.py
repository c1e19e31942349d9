"""gunicorn's error log, with errors as in `log_lines`."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from dashboard.web_safety.log_lines import quiet


class QuietGunicornLogger(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        quiet(self.error_log)
