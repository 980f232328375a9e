"""Chromium for the browser tests, and a font so that it has letters to draw."""

import shutil
import sys
from pathlib import Path

from devtools.packages import install

MAC = Path("/Applications/Chromium.app/Contents/MacOS/Chromium")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> Path | None:
    """Return the browser's program, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return MAC if MAC.exists() else None


def ensure_chromium() -> None:
    """Install Chromium and a font if they are missing."""
    fonts_missing = sys.platform != "darwin" and not any(Path("/usr/share/fonts").rglob("*.[to]tf"))
    if not find_chromium():
        install(
            "Chromium for the browser tests",
            apt=["chromium", "fonts-noto-core"],
            brew=["--cask", "chromium"],
        )
    elif fonts_missing:
        install("a font for the browser tests", apt=["fonts-noto-core"], brew=[])
