"""One JSON object a line; ids and figures only, never a person's data."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

_request_id: ContextVar[str] = ContextVar("request_id", default="")

# A tracking link's token is a permission: whoever logs a path or a traceback, it goes no further than here.
_CAPABILITY = re.compile(r"(/t/)[A-Za-z0-9_\-.~%=]{8,}")
# What logging itself puts on a record; everything else came from `extra=`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}


def current_request_id() -> str:
    """Return the id of the request being served, or an empty string outside one."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the request being served, for every log line and problem document that follows."""
    _request_id.set(value)


class AddRequestId(logging.Filter):
    """Puts the request id on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object with its `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record_id := getattr(record, "request_id", ""):
            line["request_id"] = record_id
        line |= {
            k: v for k, v in vars(record).items() if k not in _STANDARD and not k.startswith("_")
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return _CAPABILITY.sub(r"\1…", json.dumps(line, default=str, ensure_ascii=False))
