"""Start one of the tools by its name; a failure is one sentence, not a traceback."""

import sys
from importlib import import_module

from devtools.terminal import Failure, heed_signals, say


def main() -> int:
    """Run the tool named first and return its exit code."""
    name, *arguments = sys.argv[1:]
    called = "run" if name == "command" else name
    heed_signals()
    try:
        code: int = import_module(f"devtools.{name}").main(arguments)
        return code
    except Failure as failure:
        say(f"bin/{called}: {failure}")
        return 1
    except KeyboardInterrupt:
        say(f"bin/{called}: stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
