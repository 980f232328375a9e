"""Speaking to the person at the terminal: progress, questions, failures. Progress goes to stderr."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Failure(Exception):
    """One sentence that says what went wrong and what to do."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, file=sys.stderr, flush=True)


class Terminated(KeyboardInterrupt):
    """Somebody asked this program alone to stop; its children have heard nothing yet."""


def heed_signals() -> None:
    """Take SIGTERM and a closed terminal like Ctrl-C, and Ctrl-C even where a shell started us in the background."""

    def stop(number: int, frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Announce a step, and say how long it took if that was over a second; yields a setter for a closing remark."""
    started = time.monotonic()
    remark = ""

    def close_with(text: str) -> None:
        nonlocal remark
        remark = text

    say(f"  {title} ...")
    yield close_with
    seconds = time.monotonic() - started
    if seconds > 1 or remark:
        say(f"  {title}: {remark or 'done'} ({seconds:.1f} s)")


def ask(question: str) -> bool:
    """Ask a yes/no question; no terminal means no."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [Y/n] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"", "y", "yes"}


def run(
    command: Sequence[str | Path],
    sentence: str,
    *,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command quietly and return what it printed; if it fails, show its last lines and raise the sentence."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
        )
    except OSError as error:
        raise Failure(f"{sentence} ({command[0]}: {error.strerror})") from error
    if done.returncode:
        for line in done.stdout.splitlines()[-15:]:
            say(f"    {line}")
        raise Failure(sentence)
    return done.stdout
