"""Who may open a page: signed in, and in one of its roles. What they see there is up to the queries."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from common.accounts.readers import Reader, reader_of
from common.errors.domain import NotAllowed, NotFound

type Door = Callable[..., HttpResponse]


def for_roles(*roles: str) -> Callable[[Door], Door]:
    """Let readers with one of `roles` in; others get 403, and who is not signed in the sign-in page.

    The door is called with the reader after the request. NotFound and NotAllowed become the pages of their kind.
    """

    def decorate(door: Door) -> Door:
        @login_required
        @wraps(door)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            reader: Reader = reader_of(request)
            if not reader.has_role(*roles):
                raise PermissionDenied
            try:
                return door(request, reader, *args, **kwargs)
            except NotFound:
                raise Http404 from None
            except NotAllowed:
                raise PermissionDenied from None

        return guarded

    return decorate
