"""Find GDAL, GEOS and PROJ inside the pyogrio and shapely wheels, so that no system library is needed."""

import os
from importlib.util import find_spec
from pathlib import Path


def _package_dir(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _library(package: str, pattern: str) -> str | None:
    """Return the path of the bundled library that matches, or None to let Django search the system."""
    folder = _package_dir(package)
    if folder is None:
        return None
    for place in (folder.parent / f"{package}.libs", folder / ".dylibs"):
        found = sorted(place.glob(pattern))
        if found:
            return str(found[0])
    return None


def library_paths() -> tuple[str | None, str | None]:
    """Set PROJ_DATA and GDAL_DATA, and return the paths of (GDAL, GEOS); None where the wheel has none."""
    folder = _package_dir("pyogrio")
    if folder is not None:
        os.environ.setdefault("PROJ_DATA", str(folder / "proj_data"))
        os.environ.setdefault("GDAL_DATA", str(folder / "gdal_data"))
    gdal = os.environ.get("GDAL_LIBRARY_PATH") or _library("pyogrio", "libgdal*")
    geos = os.environ.get("GEOS_LIBRARY_PATH") or _library("shapely", "libgeos_c*")
    return gdal, geos
