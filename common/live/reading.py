"""Database reads for long-lived sockets, on threads of their own so that one slow read stalls nobody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-read")


async def read[T](query: Callable[..., T], *args: Any) -> T:
    """Run a read and give its connection back to the pool."""

    def run() -> T:
        try:
            return query(*args)
        finally:
            connection.close()

    return await sync_to_async(run, thread_sensitive=False, executor=_threads)()
