"""Fixtures of the whole tree."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.acts.people import Enrolment
from storage.rules.terms import Terms
from tests import databases
from tests.world import World, person

# The cast of most journeys: a small town, every role once.
CAST = (
    person("王市长", "leader", "市政府", "市长"),
    person("李副市长", "leader", "市政府", "副市长", portfolio=("市住建局", "市水利局")),
    person("秦秘书", "secretary", "市政府办公室", "秘书", contact="李副市长"),
    person("何主任", "office_head", "市政府办公室", "督查室主任"),
    person("吕科员", "clerk", "市政府办公室", "督查室科员"),
    person("施主任", "congress_desk", "市人大常委会", "代表工委副主任"),
    person("张主任", "proposal_desk", "市政协", "提案办公室主任"),
    person("姜局长", "unit_head", "市住建局", "局长"),
    person("章副局长", "unit_deputy_head", "市住建局", "副局长"),
    person("戚联络员", "liaison", "市住建局", "办公室主任"),
    person("华科员", "handler", "市住建局", "科员"),
    person("尤局长", "unit_head", "市水利局", "局长"),
    person("陶副局长", "unit_deputy_head", "市水利局", "副局长"),
    person("施联络员", "liaison", "市水利局", "办公室主任"),
    person("卫科员", "handler", "市水利局", "科员"),
    person("何代表", "deputy", "第一代表团"),
    person("金代表", "deputy", "第一代表团"),
    person("云委员", "member", "经济界别"),
    person("韩委员", "member", "经济界别"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the database be chosen."""
    words = "what tests run on that do not name it themselves"
    parser.addoption("--database", choices=databases.KINDS, default=databases.SQLITE, help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's database; xdist's workers take it over."""
    if not hasattr(config, "workerinput"):
        databases.begin(config.getoption("--database"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started for the whole run."""
    if not hasattr(config, "workerinput"):
        databases.end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both` on both databases."""
    if "kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("kind", databases.KINDS, indirect=True)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of database that a test runs on."""
    return str(getattr(request, "param", None) or databases.default())


@pytest.fixture
async def empty_world(tmp_path: Path, kind: str) -> AsyncIterator[World]:
    """A town without people."""
    async with _living(World(tmp_path, Terms(), kind=kind), ()) as world:
        yield world


@pytest.fixture
async def world(tmp_path: Path, kind: str) -> AsyncIterator[World]:
    """The small town of most journeys."""
    async with _living(World(tmp_path, Terms(), kind=kind), CAST) as world:
        yield world


@asynccontextmanager
async def _living(world: World, rows: Sequence[Enrolment]) -> AsyncIterator[World]:
    """Run a town; at the end nobody has heard what no test expected, and the log tells no secret."""
    await world.start(rows)
    try:
        yield world
        world.everybody_heard()
        world.log_tells_nothing()
    finally:
        await world.stop()


@pytest.fixture(autouse=True, scope="session")
def rare_collections() -> None:
    """Walk the imported modules' objects no more and collect rarely: it was a tenth of the suite's time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
