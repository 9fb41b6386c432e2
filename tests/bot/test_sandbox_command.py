"""`duban sandbox` as a process: the first press, a restart, starting over, what stands in its way, its end."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from tests.processes import PATIENCE

ROOT = str(Path(__file__).parents[2])
CHROMIUM = shutil.which("chromium")
REQUIRED = os.environ.get("DUBAN_REQUIRE_BROWSER") == "1"


class Played:
    """A sandbox under way in a folder, and a page's way to speak to it."""

    def __init__(self, process: asyncio.subprocess.Process, origin: str, session: aiohttp.ClientSession) -> None:
        self.process = process
        self.origin = origin
        self._session = session

    async def get(self, path: str, **query: Any) -> Any:
        """Ask the console."""
        async with self._session.get(f"{self.origin}/console/{path}", params=query) as answer:
            return await answer.json()

    async def post(self, path: str, **body: Any) -> None:
        """Do something as the console's own page."""
        headers = {"Origin": self.origin}
        async with self._session.post(f"{self.origin}/console/{path}", headers=headers, json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def people(self) -> dict[str, Any]:
        """Give the people by name, in the console's order."""
        return {one["name"]: one for one in (await self.get("state"))["people"]}

    async def chat(self, name: str) -> list[Any]:
        """Give a person's chat with the bot."""
        user = (await self.people())[name]["id"]
        return list((await self.get("chat", user=user, chat=user))["messages"])

    async def types(self, name: str, text: str) -> None:
        """Type as somebody."""
        user = (await self.people())[name]["id"]
        await self.post("type", user=user, chat=user, text=text)

    async def sees(self, name: str, wanted: Callable[[Any], bool]) -> Any:
        """Wait for a message in somebody's chat; looked for anew whenever anything happens in the town."""
        async with asyncio.timeout(PATIENCE), self._session.get(f"{self.origin}/console/events?after=0") as events:
            while True:
                found = next((one for one in await self.chat(name) if wanted(one)), None)
                if found is not None:
                    return found
                await events.content.readline()

    async def ended(self) -> tuple[int, str]:
        """Wait for the end; give the exit code and what was said on the error output."""
        async with asyncio.timeout(PATIENCE):
            _, said = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, said.decode()


class Place:
    """An empty working directory in which sandboxes are started."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.folder = folder
        self._session = session
        self.processes: list[asyncio.subprocess.Process] = []

    async def starts(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start `python -m bot sandbox`."""
        path = os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "default::ResourceWarning", "-m", "bot", "sandbox", "--no-browser"),
            *arguments,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": path},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.processes.append(process)
        return process

    async def plays(self, *arguments: str) -> Played:
        """Start one and read its address, which stands alone on the first line."""
        process = await self.starts("--port", "0", *arguments)
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await process.stdout.readline()).decode().strip()
        assert line.startswith("http://127.0.0.1:"), (line, await process.communicate())
        return Played(process, line, self._session)

    async def fails(self, *arguments: str) -> str:
        """Start one that cannot be, and give the one line it says."""
        process = await self.starts(*arguments)
        async with asyncio.timeout(PATIENCE):
            _, said = await process.communicate()
        lines = said.decode().splitlines()
        assert (process.returncode, len(lines)) == (1, 1), said.decode()
        return lines[0]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give an empty folder; whatever still runs in the end is killed."""
    async with aiohttp.ClientSession() as session:
        place = Place(tmp_path, session)
        yield place
        for process in place.processes:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()


def waiting(message: Any) -> bool:
    """Tell whether a message is the list of what waits."""
    return bool(message["bot"]) and message["text"].startswith("待办10项")


async def test_a_newcomer_finds_a_town_at_work(place: Place) -> None:
    """Guard the first look: the day, the headings in their order, posts and units, a welcome each, whose turn it is."""
    played = await place.plays()
    notice = await played.sees("程一鸣", lambda one: "导入10件" in one["text"])
    assert [[key["text"] for key in row] for row in notice["buttons"]] == [["待办"]]
    await played.sees("民建兴城支部" if "民建兴城支部" in await played.people() else "鲁班生", lambda one: one["bot"])
    state, people = await played.get("state"), await played.people()
    assert state["now"].startswith("2026-03-02T09:00")
    sections = list(dict.fromkeys(one["section"] for one in people.values()))
    assert sections[:4] == ["政府办", "人大、政协", "市领导", "市住建局"]
    assert sections[-1] == "代表、委员"
    assert [name for name, one in people.items() if one["section"] == "市领导"][:2] == ["宋明远", "方正华"]
    assert (people["高文静"]["title"], people["高文静"]["subtitle"]) == ("办公室主任", "市住建局")
    assert (people["路遥知"]["title"], people["路遥知"]["subtitle"]) == ("市人大代表", "第一代表团")
    for name in people:
        welcome = await played.sees(name, lambda one: "欢迎" in one["text"])
        assert welcome["text"].startswith(name)
    unread = {name: one["unread"] for name, one in (await played.people()).items() if one["unread"]}
    assert unread == {"程一鸣": 1, "叶小舟": 1}


@pytest.mark.long
async def test_the_first_press_is_answered_at_once(place: Place) -> None:
    """Guard the five seconds from the start of the process to the first answer, the welcomes being under way."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    played = await place.plays()
    await played.types("程一鸣", "待办")
    await played.sees("程一鸣", waiting)
    assert loop.time() - before < 5


@pytest.mark.long
async def test_a_restart_goes_on(place: Place) -> None:
    """Guard chats, database and clock over a stop and over a kill, after which no press is taken for a repetition."""
    played = await place.plays()
    await played.types("程一鸣", "待办")
    await played.sees("程一鸣", waiting)
    await played.sees("程一鸣", lambda one: "欢迎" in one["text"])
    await played.post("clock", working_days=1)
    played.process.send_signal(signal.SIGINT)
    assert await played.ended() == (0, "")

    played = await place.plays()
    assert (await played.get("state"))["now"].startswith("2026-03-03T09:00")
    kept = await played.chat("程一鸣")
    assert sum(waiting(one) for one in kept) == 1
    assert sum("欢迎" in one["text"] for one in kept) == 1
    await played.types("叶小舟", "待办")
    await played.sees("叶小舟", waiting)
    played.process.kill()
    await played.ended()

    played = await place.plays()
    before = {one["id"] for one in await played.chat("叶小舟")}
    await played.types("叶小舟", "待办")
    again = await played.sees("叶小舟", lambda one: waiting(one) and one["id"] not in before)
    assert again["id"] > max(before, default=0)


@pytest.mark.long
async def test_fresh_starts_over_and_leaves_other_files(place: Place) -> None:
    """Guard that --fresh forgets the play, and deletes nothing that is not its own."""
    played = await place.plays()
    await played.post("clock", days=30)
    played.process.terminate()
    assert await played.ended() == (0, "")
    (place.folder / "duban-sandbox" / "mine.txt").write_text("notes")
    played = await place.plays("--fresh")
    assert (await played.get("state"))["now"].startswith("2026-03-02T09:00")
    await played.sees("程一鸣", lambda one: "导入10件" in one["text"])
    assert (place.folder / "duban-sandbox" / "mine.txt").read_text() == "notes"


@pytest.mark.long
async def test_an_open_page_does_not_hold_the_end(place: Place) -> None:
    """Guard a stop within two seconds with a page listening; nothing is said, no traceback, no unclosed thing."""
    played = await place.plays()
    await played.types("程一鸣", "待办")
    await played.sees("程一鸣", waiting)
    async with aiohttp.ClientSession() as session, session.get(f"{played.origin}/console/events"):
        loop = asyncio.get_running_loop()
        before = loop.time()
        played.process.terminate()
        assert await played.ended() == (0, "")
        assert loop.time() - before < 2


async def test_what_stands_in_the_way_is_one_line(place: Place) -> None:
    """Guard a port in use and a folder in use: one line each, exit 1, and --fresh has thrown nothing away."""
    played = await place.plays()
    line = await place.fails("--port", "0", "--fresh")
    assert "another sandbox is being played in duban-sandbox/" in line
    played.process.terminate()
    await played.ended()
    kept = (place.folder / "duban-sandbox" / "duban.db").stat().st_size
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = await place.fails("--port", str(taken.getsockname()[1]), "--fresh")
    assert f"port {taken.getsockname()[1] if taken.fileno() > 0 else ''}".strip() in line
    assert "--port 0" in line
    assert (place.folder / "duban-sandbox" / "duban.db").stat().st_size == kept


@pytest.mark.parametrize("name", ["duban.db", "telegram.db"])
@pytest.mark.long
async def test_a_damaged_file_is_one_line(place: Place, name: str) -> None:
    """Guard a file that is no database: it is named in one line, kept as it is, and --fresh helps."""
    folder = place.folder / "duban-sandbox"
    folder.mkdir()
    (folder / name).write_bytes(b"no database at all" * 100)
    line = await place.fails("--port", "0")
    assert "--fresh" in line
    assert (folder / name).read_bytes() == b"no database at all" * 100
    played = await place.plays("--fresh")
    await played.sees("程一鸣", lambda one: "导入10件" in one["text"])


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on this machine")
@pytest.mark.parametrize(("width", "height"), [pytest.param(1280, 800, marks=pytest.mark.long), (390, 844)])
async def test_a_case_is_proposed_in_the_browser(place: Place, width: int, height: int) -> None:
    """Guard a newcomer's first minute: choose the office's head, 待办, the first case, 拟办, done; no script error."""
    played = await place.plays()
    trouble: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
        await page.goto(played.origin)
        await page.locator(".person", has_text="程一鸣").click()
        await expect(page.locator("article", has_text="导入10件")).to_be_visible(timeout=15_000)
        await page.fill("#draft", "待办")
        await page.press("#draft", "Enter")
        await page.get_by_role("button", name="1", exact=True).click()
        card = page.locator("article.in", has_text="提出人：路遥知").last
        await expect(card.get_by_role("button", name="展开")).to_be_hidden(timeout=15_000)
        await card.get_by_role("button", name="拟办").click()
        for title in ("由哪个单位主办", "由哪些单位会办"):
            question = page.locator("article.in", has_text=title).last
            await expect(question.get_by_role("button", name="选好了")).to_be_visible(timeout=15_000)
            await question.get_by_role("button", name="选好了").click()
        await expect(page.locator("article.in", has_text="状态：已拟办").last).to_be_visible(timeout=15_000)
        await page.evaluate("document.getElementById('language').click()")
        await expect(page.locator("#draft")).to_have_attribute("placeholder", "Message")
        await page.evaluate("document.getElementById('language').click()")
        await expect(page.locator("#draft")).to_have_attribute("placeholder", "输入消息")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await browser.close()
    assert trouble == []
