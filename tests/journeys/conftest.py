"""Every journey is listened to: what a press or a tick costs must not grow with the years."""

from collections.abc import Iterator

import pytest

from tests.plans import Plans


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plans]:
    """Listen to every statement of the run."""
    plans = Plans(tmp_path_factory.mktemp("plans"))
    with plans.listening():
        yield plans


@pytest.fixture(autouse=True)
def found_by_an_index(plans: Plans) -> Iterator[None]:
    """Fail a journey in which the program reads a growing table from end to end."""
    yield
    guilty = plans.guilty()
    assert not guilty, "\n".join(guilty)
