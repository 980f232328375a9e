"""Serializers for input that must not lose anything: an unknown field is refused, with the one that was probably meant."""

from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, because a misspelt field is data lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values. Raises ValidationError, unknown fields included."""
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[serializers.ErrorDetail]]:
        if not isinstance(data, dict):
            return {}
        known = [name for name, field in self.fields.items() if not field.read_only]
        return {
            str(name)[:80]: [serializers.ErrorDetail(_sentence(str(name), known), "unknown_field")]
            for name in data
            if name not in self.fields
        }


def _sentence(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return _("There is no field of this name. Did you mean “%(name)s”?") % {"name": near[0]}
    return _("There is no field of this name. There are: %(names)s.") % {"names": ", ".join(known)}
