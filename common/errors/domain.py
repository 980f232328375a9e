"""The one family of anticipated refusals. Each room defines its own beside the action that raises them."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypedDict

from django.utils.translation import gettext_lazy as _


class FieldProblem(TypedDict):
    """One thing wrong with one place of the input: an RFC 6901 pointer, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


_catalogue: dict[str, type["DomainError"]] = {}


class DomainError(Exception):
    """A refusal that the caller can do something about.

    `code` is stable snake_case; the message tells the user what to do next; `status` is the HTTP
    status a door answers with; `extra` is added to the problem document (ids and figures, no personal data).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: Any = _("This can't be done now")

    def __init__(
        self, message: Any = "", *, errors: Sequence[FieldProblem] = (), **extra: Any
    ) -> None:
        super().__init__(str(message or self.title))
        self.message = message or self.title
        self.errors = list(errors)
        self.extra = extra

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _catalogue[cls.code] = cls


def catalogue() -> dict[str, type[DomainError]]:
    """Return every refusal by its code, for docs/errors.md and its test."""
    return dict(sorted(_catalogue.items()))


class InvalidInput(DomainError):
    """The input can't be read or breaks a rule of form; `errors` says where."""

    code = "invalid_input"
    status = 422
    title = _("Some of what was sent can't be used")


class NotFound(DomainError):
    """No such thing, or not for this reader: the two answers are the same."""

    code = "not_found"
    status = 404
    title = _("Nothing here")


class NotAllowed(DomainError):
    """The reader may see this kind of thing but not do this."""

    code = "not_allowed"
    status = 403
    title = _("You may not do this")


class StaleVersion(DomainError):
    """Somebody changed the row since the caller read it."""

    code = "stale_version"
    status = 412
    title = _("Somebody changed this since you opened it. Load it again and repeat your change.")


class VersionRequired(DomainError):
    """An edit came without If-Match."""

    code = "version_required"
    status = 428
    title = _("Send If-Match with the ETag you read, so that nobody's change is lost.")
