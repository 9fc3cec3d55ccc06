"""Both stores: in memory, and a Valkey of our own on a free port of this machine."""

from collections.abc import Callable, Iterator

import pytest

from attnviz.classroom.store import Memory, Store
from attnviz.classroom.valkey import Valkey
from scripts.stores import OwnValkey

Keeper = Callable[[], Store]


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The address of a Valkey of our own."""
    with OwnValkey() as own:
        yield own.url


@pytest.fixture(params=["memory", "valkey"])
def keeper(request: pytest.FixtureRequest) -> Keeper:
    """Give an empty store; called again, what another process sees of the same one."""
    if request.param == "memory":
        only = Memory()
        return lambda: only
    url = request.getfixturevalue("valkey")
    Valkey(url)._client.flushall()
    return lambda: Valkey(url)


@pytest.fixture
def store(keeper: Keeper) -> Store:
    """An empty store."""
    return keeper()
