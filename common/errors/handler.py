"""Every API error leaves as application/problem+json (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.utils import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.errors.domain import DomainError, FieldProblem
from common.observability.logs import current_request_id

CONTENT_TYPE = "application/problem+json"
TYPE_ROOT = "/docs/errors/#"


def problem(
    *,
    code: str,
    status: int,
    title: str,
    detail: str = "",
    errors: list[FieldProblem] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Return the problem document: type, title, status, detail, code, request_id, and errors where there are any."""
    body: dict[str, Any] = {
        "type": f"{TYPE_ROOT}{code}",
        "title": title,
        "status": status,
        "code": code,
        "request_id": current_request_id(),
    }
    if detail and detail != title:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body | extra


def flatten(detail: Any, pointer: str = "") -> list[FieldProblem]:
    """Return DRF's nested validation errors as one list with RFC 6901 pointers."""
    if isinstance(detail, dict):
        return [
            p
            for key, value in detail.items()
            for p in flatten(value, pointer if key == "non_field_errors" else f"{pointer}/{key}")
        ]
    if isinstance(detail, list):
        if all(isinstance(item, exceptions.ErrorDetail) for item in detail):
            return [p for item in detail for p in flatten(item, pointer)]
        return [
            p
            for index, value in enumerate(detail)
            if value
            for p in flatten(value, f"{pointer}/{index}")
        ]
    return [
        {
            "pointer": pointer or "/",
            "code": getattr(detail, "code", None) or "invalid",
            "detail": str(detail),
        }
    ]


def _from_drf(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        body = problem(
            code="invalid_input",
            status=422,
            title=_("Some of what was sent can't be used"),
            errors=flatten(error.detail),
        )
        return Response(body, status=422, content_type=CONTENT_TYPE)
    code = {"parse_error": "malformed_json"}.get(error.default_code, error.default_code)
    response = Response(
        problem(code=code, status=error.status_code, title=str(error.detail)),
        status=error.status_code,
        content_type=CONTENT_TYPE,
    )
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response


def document(error: DomainError) -> dict[str, Any]:
    """Return a refusal as its problem document."""
    return problem(
        code=error.code,
        status=error.status,
        title=str(error.title),
        detail=str(error.message),
        errors=error.errors,
        **error.extra,
    )


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an anticipated error into a problem document; let the others rise and be logged (DRF's EXCEPTION_HANDLER)."""
    if isinstance(error, DomainError):
        set_rollback()
        return Response(document(error), status=error.status, content_type=CONTENT_TYPE)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("Nothing here"))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError) and "lock timeout" in str(error):
        set_rollback()
        body = problem(
            code="busy",
            status=409,
            title=_("Somebody is changing this right now. Try again in a moment."),
        )
        return Response(body, status=409, content_type=CONTENT_TYPE, headers={"Retry-After": "1"})
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return _from_drf(error)
    return None


def answer(request: HttpRequest, error: DomainError) -> JsonResponse:
    """Return a refusal from a plain view as problem+json."""
    return JsonResponse(document(error), status=error.status, content_type=CONTENT_TYPE)
