"""A merchant's colour on the recipient's page, moved as far as it must be to stay readable in both themes."""

import colorsys
import re

# The kit's lightest and darkest surfaces behind text in each theme (tokens.css: --grey-2, --surface, as sRGB).
LIGHT_SURFACE, DARK_SURFACE = "#f6f5f3", "#22211f"
TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
HOUSE = "#0f766e"
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


def read_colour(text: str) -> str:
    """Return a colour as six lower-case digits; the house's own for anything that is none."""
    match = _HEX.fullmatch(text.strip())
    return (match.group(1) if match else HOUSE[1:]).lower()


def _channels(colour: str) -> tuple[float, float, float]:
    digits = colour.removeprefix("#")
    return int(digits[:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:], 16) / 255


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def moved(colour: str, against: str, least: float) -> str:
    """Return the nearest lightness of `colour` that has `least` contrast against a surface."""
    hue, light, vivid = colorsys.rgb_to_hls(*_channels(colour))
    step = 0.01 if luminance(against) < 0.5 else -0.01
    found = f"#{colour.removeprefix('#')}"
    while contrast(found, against) < least and 0 <= light + step <= 1:
        light += step
        found = "#" + "".join(
            f"{round(c * 255):02x}" for c in colorsys.hls_to_rgb(hue, light, vivid)
        )
    return found


def _theme(colour: str, surface: str) -> dict[str, str]:
    brand = moved(colour, surface, MARK_CONTRAST)
    ink = max(("#ffffff", "#141414"), key=lambda on: contrast(on, brand))
    if (
        contrast(ink, brand) < TEXT_CONTRAST
    ):  # a middle grey: go on until white or black can be read on it
        brand = moved(brand, ink, TEXT_CONTRAST)
    return {
        "--brand": brand,
        "--on-brand": ink,
        "--brand-text": moved(colour, surface, TEXT_CONTRAST),
    }


def _block(selector: str, values: dict[str, str]) -> str:
    return f"{selector} {{ {' '.join(f'{name}: {value};' for name, value in values.items())} }}"


def stylesheet(colour: str) -> str:
    """Return the style sheet of a merchant's colour (six digits)."""
    light, dark = _theme(colour, LIGHT_SURFACE), _theme(colour, DARK_SURFACE)
    return "\n".join(
        (
            "@layer page {",
            _block(":root", light),
            "@media screen and (prefers-color-scheme: dark) {",
            _block(':root:not([data-theme="light"])', dark),
            "}",
            "@media screen {",
            _block(':root[data-theme="dark"]', dark),
            "}",
            "}",
            "",
        )
    )
