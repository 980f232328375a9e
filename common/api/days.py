"""A day in what the API takes."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.days import FIRST_DAY, LAST_DAY


class DayField(serializers.DateField):
    """A day from FIRST_DAY to LAST_DAY, YYYY-MM-DD."""

    default_error_messages = {  # as rest_framework declares it
        "out_of_range": _("Choose a day between 1970 and 2999.")
    }

    def to_internal_value(self, value: Any) -> date:
        """Return the day. Raises ValidationError for one that has no day before and after in every zone."""
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("out_of_range")
        return day
