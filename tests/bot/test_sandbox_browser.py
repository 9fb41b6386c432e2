"""The console in a real browser, at the width of a desk and of a phone, with a small bot behind it."""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, Update

from bot.sandbox.console import Console
from bot.sandbox.telegram import StandIn

TOKEN = "7000000001:AAE-sandbox"
CHEN, LIN, XU, ZHOU, GROUP = 1001, 1002, 1004, 1003, -1001234
ZONE = dt.timezone(dt.timedelta(hours=8))
CHROMIUM = shutil.which("chromium")
CARD = (
    "<b>建议 072 号</b>\n<blockquote expandable>一\n二\n三\n四\n五</blockquote>"
    "<tg-spoiler>密</tg-spoiler> <i>斜</i> /todo https://t.me/duban_bot?start=CODE9"
)
expect.set_options(timeout=15_000)
REQUIRED = os.environ.get("DUBAN_REQUIRE_BROWSER") == "1"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on this machine"),
]


def keys(**buttons: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)] for data, text in buttons.items()])


class Town:
    """A stand-in with a console, a clock, and a bot that answers what it is told."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 3, 2, 9, tzinfo=ZONE)
        self.standin = StandIn(TOKEN, now=lambda: self.time, limits=False)
        self.console = Console(self.standin, self.turn)
        self.bot: Bot

    async def turn(self, _wish: dict[str, Any]) -> dict[str, Any]:
        """Turn the clock on by a day and remind Xu."""
        self.time += dt.timedelta(days=1)
        await self.bot.send_message(XU, "还有 3 个工作日：建议 072 号")
        return {}

    async def serve(self) -> None:
        """Answer updates for ever."""
        offset = 0
        while True:
            for update in await self.bot.get_updates(offset=offset, timeout=20):
                offset = update.update_id + 1
                await self.answer(update)

    async def answer(self, update: Update) -> None:
        """Answer one update."""
        query, message = update.callback_query, update.message
        if query is not None:
            await query.answer("您不能签收" if query.data == "no" else "已签收", show_alert=query.data == "no")
            if query.data == "ack":
                await query.edit_message_text("建议 072 号，办理中")
        elif message is not None and message.text == "/todo":
            await self.bot.send_message(
                message.chat.id, CARD, parse_mode="HTML", reply_markup=keys(ack="签收", no="退办")
            )
        elif message is not None and message.text == "进展":
            await self.bot.send_message(message.chat.id, "请说进展", reply_markup=ForceReply())
        elif message is not None and (message.text or message.effective_attachment):
            text = f"收到 {message.text or message.caption}"
            keyboard = ReplyKeyboardMarkup([["待办", "帮助"]])
            await self.bot.send_message(message.chat.id, text, reply_markup=keyboard, disable_notification=True)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """Give a town of four, three started, with a group."""
    town = Town()
    people = (
        (CHEN, "陈志明", "科员", "督查室", "政府办"),
        (LIN, "林晓梅", "主任", "督查室", "政府办"),
        (ZHOU, "周建国", "副市长", "市政府", "市领导"),
        (XU, "许文静", "联络员", "市交通局", "承办单位"),
    )
    for user_id, name, *meta in people:
        await town.standin.join(user_id, name)
        town.standin.describe(user_id, *meta)
    async with town.standin, Bot(TOKEN, base_url=town.standin.url) as town.bot:
        await town.bot.set_my_commands([("todo", "待办"), ("help", "帮助")])
        await town.bot.set_my_description("督办助手")
        for user_id in (CHEN, LIN, XU):
            await town.standin.press_start(user_id)
        await town.standin.group(GROUP, "工作群", [LIN, XU], kind="supergroup")
        await town.standin.add_bot(GROUP, LIN)
        serving = asyncio.create_task(town.serve())
        await town.standin.wait_for(lambda: town.standin.polling and not town.standin.pending)
        yield town
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


@contextlib.asynccontextmanager
async def browsing(town: Town, width: int, height: int, **facts: Any) -> AsyncIterator[Page]:
    """Open the console; fail on any script error, failed load or request to another place."""
    trouble: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": width, "height": height}, **facts)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
        page.on("request", lambda one: None if one.url.startswith(town.standin.origin) else trouble.append(one.url))
        await page.goto(town.standin.origin)
        await expect(page.locator(".person")).to_have_count(4)
        yield page
        assert trouble == []
        await browser.close()


async def no_sideways_scrolling(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_reading_and_pressing(town: Town) -> None:
    """Guard a card at 1280: unread marks, the command menu, entities, both kinds of answers to a press, its edit."""
    async with browsing(town, 1280, 800) as page:
        row = page.locator(f'[data-user="{XU}"]')
        await expect(row.locator(".badge")).to_contain_text("2")
        await row.click()
        await expect(page.locator("#chat-subtitle")).to_have_text("联络员 · 市交通局")
        await expect(row.locator(".badge")).to_contain_text("1 条未读")
        await page.fill("#draft", "/to")
        await page.get_by_role("button", name="/todo 待办").click()
        card = page.locator("article.in", has_text="建议 072 号")
        await expect(card.locator("strong")).to_have_text("建议 072 号")
        await expect(card.locator("em")).to_have_text("斜")
        await card.get_by_role("button", name="展开").click()
        await card.get_by_role("button", name="隐藏内容").click()
        await expect(card.locator(".spoiler.shown")).to_have_text("密")
        await card.get_by_role("button", name="退办").click()
        await expect(page.get_by_role("dialog")).to_contain_text("您不能签收")
        await page.get_by_role("button", name="知道了").click()
        await card.get_by_role("button", name="签收").click()
        await expect(page.get_by_role("status")).to_have_text("已签收")
        await expect(page.locator("article.in", has_text="办理中").locator(".key")).to_have_count(0)
        await no_sideways_scrolling(page)


async def test_writing_and_turning_the_clock(town: Town, tmp_path: Path) -> None:
    """Guard writing at 1280: a wished-for reply, an edit, a file up and down, a group, the clock and its strip."""
    sheet = tmp_path / "报告 <b>.txt"
    sheet.write_text("进展")
    async with browsing(town, 1280, 800) as page:
        await page.locator(f'[data-user="{XU}"]').click()
        await page.fill("#draft", "进展")
        await page.press("#draft", "Enter")
        await expect(page.locator("#context-title")).to_have_text("回复 督办")
        await page.fill("#draft", "已经\n动工")
        await page.click("#send")
        await expect(page.locator("article.out .quoted")).to_contain_text("请说进展")
        mine = page.locator("article.out", has_text="已经")
        await mine.hover()
        await mine.get_by_role("button", name="修改").click()
        await page.fill("#draft", "已经完工")
        await page.press("#draft", "Enter")
        await expect(page.locator("article.out", has_text="已经完工")).to_contain_text("已修改")
        await page.set_input_files("#file", sheet)
        await page.fill("#draft", "附件")
        await page.click("#send")
        await expect(page.locator("article.out .file strong")).to_have_text("报告 <b>.txt")
        async with page.expect_download() as download:
            await page.locator("article.out .file").click()
        await (await download.value).save_as(tmp_path / "down.txt")
        await page.get_by_role("button", name="工作群").click()
        await page.fill("#draft", "大家好")
        await page.press("#draft", "Enter")
        await expect(page.locator("article.out", has_text="大家好")).to_be_visible()
        await page.get_by_role("button", name="下一个工作日").click()
        await expect(page.locator("#day")).to_have_text("2026年3月3日")
        await page.locator(".strip-letter", has_text="还有 3 个工作日").click()
        await expect(page.locator("#tabs [aria-current]")).to_have_text("督办")
        await expect(page.locator("article.flash")).to_contain_text("还有 3 个工作日")
        await no_sideways_scrolling(page)
    assert (tmp_path / "down.txt").read_text() == "进展"


@pytest.mark.long
async def test_a_newcomer_starts_with_a_code(town: Town) -> None:
    """Guard starting: the bot's description, the code, then a deep link in a message, blocking and unblocking."""
    async with browsing(town, 1280, 800) as page:
        await page.locator(f'[data-user="{ZHOU}"]').click()
        await expect(page.locator(".about")).to_contain_text("督办助手")
        await page.fill("#payload", "CODE7")
        await page.get_by_role("button", name="启用", exact=True).click()
        await expect(page.locator("article.in")).to_contain_text("收到 /start CODE7")
        await page.get_by_role("group", name="快捷键盘").get_by_role("button", name="帮助").click()
        await expect(page.locator("article.in").last).to_contain_text("收到 帮助")
        await page.fill("#draft", "/todo")
        await page.press("#draft", "Enter")
        await page.get_by_role("button", name="t.me/duban_bot").click()
        await expect(page.locator("article.in").last).to_contain_text("收到 /start CODE9")
        await page.get_by_role("button", name="停用机器人").click()
        await expect(page.locator("#composer")).to_be_hidden()
        await expect(page.locator(f'[data-user="{ZHOU}"] .chip')).to_have_text("已停用")
        await page.get_by_role("button", name="重新启用").click()
        await expect(page.locator("#composer")).to_be_visible()


async def test_a_phone_in_the_hand(town: Town) -> None:
    """Guard the console at 390: one pane at a time, back, actions by a tap, the clock, nothing cut off."""
    async with browsing(town, 390, 844, has_touch=True, is_mobile=True) as page:
        await no_sideways_scrolling(page)
        await page.locator(f'[data-user="{XU}"]').tap()
        await expect(page.locator(".people")).to_be_hidden()
        await page.locator("article.in .text").last.tap(position={"x": 3, "y": 3})
        await page.locator(".picked").get_by_role("button", name="回复").tap()
        await page.fill("#draft", "好")
        await page.locator("#send").tap()
        await expect(page.locator("article.out .quoted")).to_be_visible()
        await no_sideways_scrolling(page)
        await page.locator("#open-clock-2").tap()
        await page.get_by_role("button", name="下一个工作日").tap()
        await expect(page.locator(".strip-letter")).to_have_count(1)
        await no_sideways_scrolling(page)
        await page.locator(".strip-letter").tap()
        await expect(page.locator("#chat-title")).to_have_text("许文静")
        await page.locator("#back").tap()
        await expect(page.locator(".people")).to_be_visible()


async def test_without_a_mouse_and_in_english(town: Town) -> None:
    """Guard the keyboard alone: find, walk the list, choose, write; every control has a name in both languages."""
    async with browsing(town, 1280, 800) as page:
        await page.focus("#language")
        await page.keyboard.press("Enter")
        await expect(page.locator("#people-title")).to_have_text("Duban sandbox")
        await page.focus("#find")
        await page.keyboard.type("督查室")
        await expect(page.locator(".person")).to_have_count(2)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator("#chat-title")).to_have_text("林晓梅")
        await expect(page.locator("#draft")).to_be_focused()
        await page.keyboard.type("你好")
        await page.keyboard.press("Enter")
        await expect(page.locator("article.in").last).to_contain_text("收到 你好")
        await expect(page.locator("article.in").last.get_by_role("img", name="Sent silently")).to_be_visible()
        for _ in range(2):
            nameless = "[...document.querySelectorAll('button, input, textarea')].filter((node) => node.offsetParent"
            nameless += " && !node.innerText && !node.ariaLabel && !node.labels?.length).map((node) => node.id)"
            assert await page.evaluate(nameless) == []
            await page.click("#language")
        await page.reload()
        await expect(page.locator("#chat-title")).to_have_text("林晓梅")


@pytest.mark.long
async def test_two_pages(town: Town) -> None:
    """Guard live updates between two open pages, and that an address opens a person's chat."""
    async with browsing(town, 1280, 800) as page:
        other = await page.context.new_page()
        for one in (page, other):
            await one.goto(f"{town.standin.origin}/#{CHEN}/{CHEN}")
            await one.reload()
        await page.fill("#draft", "你好")
        await page.press("#draft", "Enter")
        await expect(other.locator("article.in").last).to_contain_text("收到 你好")
        await expect(other.locator("article.out").last).to_contain_text("你好")


@pytest.mark.long
async def test_reading_back_is_not_disturbed(town: Town) -> None:
    """Guard that older pages come on demand, stay, and that a new letter does not pull a reader to the end."""
    for number in range(130):
        await town.bot.send_message(CHEN, f"第 {number} 条")
    async with browsing(town, 1280, 800) as page:
        await page.locator(f'[data-user="{CHEN}"]').click()
        await expect(page.locator("article")).to_have_count(100)
        await page.get_by_role("button", name="更早的消息").click()
        await expect(page.locator("article")).to_have_count(132)
        await page.evaluate("document.getElementById('log').scrollTop = 0")
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await town.bot.send_message(CHEN, "新的一条")
        await expect(page.locator("article")).to_have_count(133)
        assert await page.evaluate("document.getElementById('log').scrollTop") == 0
        await page.fill("#draft", "好")
        await page.press("#draft", "Enter")
        await expect(page.locator("article.out").last).to_be_in_viewport()
