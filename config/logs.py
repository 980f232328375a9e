"""Structured logs: one JSON object a line, with the request id, and never a person's data."""

import os

_level = os.environ.get("CARTEIRO_LOG_LEVEL", "INFO").upper()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "common.observability.logs.AddRequestId"}},
    "formatters": {"json": {"()": "common.observability.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": _level},
    "loggers": {
        # The path of a request can hold a tracking token: access lines come from our own middleware, redacted.
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
        # It writes the service's answers, which are people's addresses, at INFO.
        "geopy": {"level": "WARNING"},
    },
}
