"""Names each request and writes one access line for it, with the route's pattern instead of its path."""

import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.ids import uuid7
from common.observability.logs import set_request_id

log = logging.getLogger("carteiro.access")
_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_QUIET = ("static/", "healthz", "readyz", "tiles/")


class RequestIdMiddleware:
    """Takes X-Request-Id from the proxy when it is well formed, else makes one; answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _SAFE_ID.match(given) else uuid7().hex
        set_request_id(request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        # The pattern, not the path: a path can hold a tracking token.
        match = request.resolver_match
        route = match.route if match else "(no route)"
        if not route.startswith(_QUIET):
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route,
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
        return response
