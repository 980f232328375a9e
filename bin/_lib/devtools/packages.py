"""Installing what a machine lacks, with its own package manager, and only after asking when that needs sudo."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from devtools.terminal import Failure, ask, run, say, step

# RUNLEVEL=1: services are installed but not started.
APT_ENV = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
CREATECLUSTER = Path("/etc/postgresql-common/createcluster.d/carteiro.conf")


def install(what: str, *, apt: Sequence[str], brew: Sequence[str]) -> None:
    """Install packages under the name this machine knows them by.

    Raises Failure when there is no package manager, no permission, or the installation failed.
    """
    if sys.platform == "darwin" and shutil.which("brew"):
        with step(f"Installing {what} (brew install {' '.join(brew)})"):
            run(
                ["brew", "install", *brew],
                f"Homebrew could not install {what}: read the lines above, then run this again.",
            )
    elif shutil.which("apt-get"):
        _apt_install(what, apt)
    else:
        raise Failure(
            f"Install {what} with your package manager (on Debian: {' '.join(apt)}), then run this again."
        )


def install_postgresql() -> None:
    """Install PostgreSQL with PostGIS, without the system-wide cluster that Debian would make and start."""
    if shutil.which("apt-get") and not Path("/usr/lib/postgresql").exists():
        sudo = _as_root("PostgreSQL with PostGIS", ["postgresql-postgis"])
        line = "create_main_cluster = false"
        script = f"mkdir -p {CREATECLUSTER.parent} && echo '{line}' > {CREATECLUSTER}"
        run(
            [*sudo, "sh", "-c", script],
            f"Could not write {CREATECLUSTER}: check your rights, then run this again.",
        )
    install(
        "PostgreSQL with PostGIS", apt=["postgresql-postgis"], brew=["postgresql@17", "postgis"]
    )


def _as_root(what: str, packages: Sequence[str]) -> list[str]:
    """Return the words that make a command run as root, asking first when that means sudo."""
    if os.geteuid() == 0:
        return []
    by_hand = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
    if not shutil.which("sudo"):
        raise Failure(
            f"{what} is missing and there is no sudo here: as root run '{by_hand.removeprefix('sudo ')}', then run this again."
        )
    if what not in _granted and not ask(f"{what} is missing. Install it with '{by_hand}'?"):
        raise Failure(f"{what} is missing: run '{by_hand}', then run this again.")
    _granted.add(what)
    return ["sudo", "env", *(f"{name}={value}" for name, value in APT_ENV.items())]


_granted: set[str] = set()


def _apt_install(what: str, packages: Sequence[str]) -> None:
    sudo = _as_root(what, packages)
    env = {**os.environ, **APT_ENV}
    command = [*sudo, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    with step(f"Installing {what} ({' '.join(packages)})"):
        if not any(Path("/var/lib/apt/lists").glob("*Packages*")):
            _apt_update(sudo, env)
        try:
            run(command, "apt-get failed", env=env)
        except Failure:
            say("    trying once more after apt-get update")
            _apt_update(sudo, env)
            run(
                command,
                f"apt-get could not install {what}: read the lines above, then run this again.",
                env=env,
            )


def _apt_update(sudo: Sequence[str], env: dict[str, str]) -> None:
    run(
        [*sudo, "apt-get", "update", "-q"],
        "apt-get update failed: check the network and the package sources, then run this again.",
        env=env,
    )
