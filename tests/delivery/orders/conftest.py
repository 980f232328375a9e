"""A merchant's machine at eight in the morning."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.api import Machine
from tests.world import NOW, World


@pytest.fixture
def lua(world: World) -> Machine:
    return Machine(world.florist.organization)


@pytest.fixture
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
