"""Template tags of the design kit: icons, states, times. Pages start with `{% load house %}`."""

from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, npgettext
from django.utils.translation import gettext as _

from couriers.roster.models import Certificate
from web import states, words

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "", css: str = "") -> SafeString:
    """Draw an icon of the sprite (16, 20 or 24 px). Without a label it is hidden from screen readers."""
    css_class = " ".join(
        part for part in ("icon", f"icon-{size}" if size != 16 else "", css) if part
    )
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" {} width="{}" height="{}"><use href="{}#{}"></use></svg>',
        css_class,
        named,
        size,
        size,
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def state(status: str, kind: str = "consignment", size: str = "", word: str = "") -> SafeString:
    """Show a status as colour, icon and word. `kind` is a key of web.states.KINDS; size "lg" is for headings."""
    look = states.look_of(str(status), kind)
    return format_html(
        '<span class="chip{}" data-state="{}" data-status="{}">{}<span>{}</span></span>',
        f" chip-{size}" if size else "",
        look.state,
        status,
        icon(look.icon),
        word or look.word,
    )


@register.simple_tag
def state_of(status: str, kind: str = "consignment") -> states.Look:
    """Answer the look (state, icon, word) of a status: `{% state_of stop.status "stop" as look %}`."""
    return states.look_of(str(status), kind)


@register.simple_tag
def looks() -> dict[str, dict[str, dict[str, str]]]:
    """Answer all looks for a `json_script` (kit/state.js reads them)."""
    return states.looks_as_data()


@register.simple_tag(takes_context=True)
def window(
    context: template.Context,
    start: datetime | None,
    end: datetime | None = None,
    tz: str | tzinfo | None = None,
    day: bool = False,
) -> SafeString:
    """Show "10:40-11:10" in the given zone (or the active one); with day=True "Today, 10:40-11:10"."""
    if start is None:
        return format_html('<span class="faint">{}</span>', _("No time yet"))
    zone = _zone(tz)
    first = timezone.localtime(start, zone)
    text = clock_time(first)
    if end is not None:
        text += f"-{clock_time(timezone.localtime(end, zone))}"
    if day:
        # Translators: a day and then a time or time window, for example "Today, 10:40-11:10".
        text = _("%(day)s, %(time)s") % {
            "day": day_name(first.date(), _now(context).astimezone(zone).date()),
            "time": text,
        }
    return format_html('<time datetime="{}">{}</time>', first.isoformat(timespec="minutes"), text)


@register.simple_tag(takes_context=True)
def ago(context: template.Context, moment: datetime | None) -> SafeString:
    """Show "12 s ago"; kit/clock.js keeps it true while the page is open."""
    if moment is None:
        return format_html('<span class="faint">{}</span>', _("never"))
    return format_html(
        '<time datetime="{}" data-ago title="{}">{}</time>',
        moment.isoformat(),
        formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT"),
        ago_text(int((_now(context) - moment).total_seconds())),
    )


@register.filter
def minutes(seconds: float | None) -> str:
    """Show a duration: 45 s, 12 min, 2 h 05 min."""
    if seconds is None:
        return ""
    seconds = round(seconds)
    if seconds < 60:
        return _("%d s") % seconds
    whole = round(seconds / 60)
    if whole < 60:
        return _("%d min") % whole
    return _("%(hours)d h %(minutes)02d min") % {"hours": whole // 60, "minutes": whole % 60}


@register.filter
def km(metres: float | None) -> str:
    """Show a distance: 850 m, 4.2 km, 118 km."""
    if metres is None:
        return ""
    if metres < 1000:
        return _("%d m") % round(metres)
    return _("%s km") % formats.number_format(metres / 1000, 1 if metres < 100_000 else 0)


@register.filter
def kilos(grams: float | None) -> str:
    """Show a weight: 700 g, 4.2 kg."""
    if grams is None:
        return ""
    return (
        _("%d g") % round(grams)
        if grams < 1000
        else _("%s kg") % formats.number_format(grams / 1000, 1)
    )


@register.filter(expects_localtime=True)
def short_day(day: date | None) -> str:
    """Show a day: Sat 22 Nov."""
    # Translators: a short date without the year, in the form of Django's date filter ("D j M" gives "Sat 22 Nov").
    return formats.date_format(day, _("D j M")) if day else ""


@register.filter(expects_localtime=True)
def long_day(day: date | None) -> str:
    """Show a day in full: Saturday 22 November."""
    if not day:
        return ""
    # Translators: a day of the week and a date in the form of Django's date filter ("l j F" gives "Saturday 22 November").
    text = formats.date_format(day, _("l j F"))
    # Portuguese writes days and months small; Django's names are capitalized.
    return text[:1] + text[1:].lower() if (get_language() or "").startswith("pt") else text


@register.filter
def certificates(values: list[str]) -> str:
    """Name certificates in words: Cold chain, Age check."""
    return ", ".join(
        str(Certificate(value).label) if value in Certificate.values else value for value in values
    )


@register.filter
def initials(name: str) -> str:
    """Answer up to two initials for an avatar."""
    parts = [part for part in str(name).split() if part[0].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def clock_time(moment: datetime) -> str:
    """Answer the time of day in the reader's format: 10:40."""
    return formats.date_format(moment, "H:i")


def day_name(day: date, today: date) -> str:
    """Answer Today, Tomorrow, Yesterday, or "Sat 22 Nov"."""
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    return near.get((day - today).days) or short_day(day)


def ago_text(seconds: int) -> str:
    """Answer "12 s ago", or "in 5 min" for what is still to come."""
    size = abs(seconds)
    if size < 5:
        return _("now")
    if size < 60:
        span = _("%d s") % size
    elif size < 3600:
        span = npgettext("short", "%d min", "%d min", size // 60) % (size // 60)
    elif size < 86400:
        span = npgettext("short", "%d h", "%d h", size // 3600) % (size // 3600)
    else:
        span = ngettext("%d day", "%d days", size // 86400) % (size // 86400)
    # Translators: %s is a short duration such as "12 s", "5 min" or "2 days".
    return (_("%s ago") if seconds >= 0 else _("in %s")) % span


def _zone(tz: str | tzinfo | None) -> tzinfo:
    return ZoneInfo(tz) if isinstance(tz, str) and tz else tz or timezone.get_current_timezone()


def _now(context: template.Context) -> datetime:
    told = context.get("server_now")
    return (
        datetime.fromisoformat(told) if isinstance(told, str) and told else told or timezone.now()
    )


@register.filter
def dressed(field: BoundField) -> SafeString:
    """Render a form field's widget with the kit's class and the ids of its hint and error."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    css = {"select": "select", "selectmultiple": "select", "textarea": "textarea"}.get(
        field.widget_type
    )
    if css is None and field.widget_type not in {
        "checkbox",
        "radioselect",
        "checkboxselectmultiple",
        "clearablefile",
        "file",
    }:
        css = "input"
    if css:
        attrs["class"] = f"{css} {widget.attrs.get('class', '')}".strip()
    described = [f"{field.auto_id}_hint"] * bool(field.help_text) + [
        f"{field.auto_id}_error"
    ] * bool(field.errors)
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.simple_tag
def kit_words() -> dict[str, Any]:
    """Answer the words that the scripts of the kit speak, in the reader's language."""
    return words.kit_words()
