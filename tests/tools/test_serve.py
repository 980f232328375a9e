import socket
import subprocess
import sys

import pytest

from config.serve import configuration, listening_socket
from tests.servers import ROOT, free_port


def test_connections_inherit_the_limits_of_the_listening_socket() -> None:
    with listening_socket("127.0.0.1", 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                # Linux doubles what is asked for: 2 x 64 KiB
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * 64 * 1024
                if hasattr(socket, "TCP_USER_TIMEOUT"):
                    timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                    assert timeout == 5_000


def test_messages_are_small_and_uncompressed() -> None:
    config = configuration()

    assert config.ws_max_size == 64 * 1024
    assert config.ws_per_message_deflate is False


@pytest.mark.parametrize("host", ["127.0.0.1"])
def test_a_taken_port_is_one_sentence(host: str) -> None:
    port = free_port()
    with socket.create_server((host, port)):
        done = subprocess.run(
            [sys.executable, "-m", "config.serve", "--host", host, "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    assert done.returncode == 1
    assert done.stderr == (
        f"Cannot listen on {host}:{port} (Address already in use): choose another --port.\n"
    )
