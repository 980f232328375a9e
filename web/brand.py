"""A merchant's colour on the recipient's page, kept readable on our light and dark paper."""

import math
from collections.abc import Callable
from dataclasses import dataclass

Rgb = tuple[float, float, float]

# WCAG 2.2, read 2026-11-21: 1.4.3 text 4.5:1.
_TEXT = 4.5
_LIGHT_PAPER = "#ffffff"
_DARK_PAPER = "#1b1917"


@dataclass(frozen=True)
class Brand:
    """Colours as #rrggbb: a surface for the primary button, text on it, and text on the page."""

    surface: str
    on_surface: str
    text: str


def brand_for(colour: str, *, dark: bool) -> Brand:
    """Return the merchant's colour moved in lightness only as far as reading needs it; the hue stays theirs.

    colour: "#rrggbb". Raises ValueError for anything else.
    """
    paper = _DARK_PAPER if dark else _LIGHT_PAPER
    surface = _moved_until(colour, lambda shade: contrast(shade, paper) >= 3, lighter=dark)
    on_surface = max(("#ffffff", "#141210"), key=lambda ink: contrast(ink, surface))
    surface = _moved_until(
        surface, lambda shade: contrast(on_surface, shade) >= _TEXT, lighter=on_surface != "#ffffff"
    )
    return Brand(
        surface,
        on_surface,
        _moved_until(colour, lambda shade: contrast(shade, paper) >= _TEXT, lighter=dark),
    )


def stylesheet(colour: str) -> str:
    """Return the sheet that gives a recipient's page its merchant's colour in both themes."""
    light, dark = brand_for(colour, dark=False), brand_for(colour, dark=True)

    def rule(selector: str, brand: Brand) -> str:
        return f"{selector}{{--brand:{brand.surface};--on-brand:{brand.on_surface};--brand-text:{brand.text}}}"

    return (
        "@layer skin{"
        + rule(":root", light)
        + "@media (prefers-color-scheme:dark){"
        + rule(':root:not([data-theme="light"])', dark)
        + "}"
        + rule(':root[data-theme="dark"]', dark)
        + "}"
    )


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _moved_until(colour: str, is_enough: Callable[[str], bool], *, lighter: bool) -> str:
    """Return the nearest shade, in steps of 1 % of OKLab lightness, that is enough."""
    lightness, a, b = _to_oklab(colour)
    shade = colour.lower()
    while not is_enough(shade) and (lightness < 1 if lighter else lightness > 0):
        lightness += 0.01 if lighter else -0.01
        shade = _from_oklab((min(1, max(0, lightness)), a, b))
    return shade


def _channels(colour: str) -> Rgb:
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"{colour!r} is not a colour like #1f6f5c.")
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (_linear(red), _linear(green), _linear(blue))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _gamma(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# OKLab: Bjorn Ottosson, "A perceptual color space for image processing", 2020.
def _to_oklab(colour: str) -> Rgb:
    r, g, b = _channels(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lab: Rgb) -> str:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(channel) * 255):02x}" for channel in channels)
