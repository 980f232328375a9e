"""Ask the server in this container whether it can work: `python -m config.healthcheck`. Exit code 0 means yes."""

import argparse
import os
import sys
import urllib.request

ADDRESS = "http://127.0.0.1:8000/readyz"


def main() -> int:
    """Ask once, as the proxy in front would, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.healthcheck", description=__doc__)
    parser.add_argument("address", nargs="?", default=ADDRESS)
    address = parser.parse_args().address
    host = os.environ.get("CARTEIRO_ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    request = urllib.request.Request(  # noqa: S310 - our own http address
        address,
        headers={"Host": host, "X-Forwarded-Proto": "https"},
    )
    try:
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
    except OSError as error:
        print(f"Not ready: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
