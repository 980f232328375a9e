"""Reads the tokens as a browser would: OKLCH to linear light, and WCAG contrast."""

import math
import re
from pathlib import Path

CSS = Path(__file__).resolve().parents[3] / "web" / "static" / "web" / "css"
_COLOUR = re.compile(r"--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);")

Oklch = tuple[float, float, float]
Theme = dict[str, Oklch]


def themes() -> dict[str, Theme]:
    """Return the opaque colours of each block: light, dark by the device, dark by the switch."""
    css = (CSS / "tokens.css").read_text()
    light = css.index(":root {")
    device = css.index("@media screen and (prefers-color-scheme: dark)")
    switch = css.index(':root[data-theme="dark"] {')
    return {
        "light": _colours(css[light:device]),
        "device": _colours(css[device:switch]),
        "switch": _colours(css[switch:]),
    }


def _colours(block: str) -> Theme:
    return {
        name: (float(lightness), float(chroma), float(hue))
        for name, lightness, chroma, hue in _COLOUR.findall(block)
    }


def linear_rgb(colour: Oklch) -> tuple[float, float, float]:
    """Return linear sRGB (OKLab by Bjorn Ottosson, 2020); outside 0..1 where the screen cannot show it."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def contrast(one: Oklch, other: Oklch) -> float:
    """Return the WCAG contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Oklch) -> float:
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in linear_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
