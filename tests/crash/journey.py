"""The journey that the bot is killed in: one case from its assignment to the answered opinion form, step by step."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from storage.book import Book
from storage.rules.words import CaseKind, Level, Phase
from storage.tables import Part
from tests import casework, casework_assigning, casework_replies
from tests.conftest import CAST
from tests.crash.town import Town
from tests.world import _accounts, _settle

ACCOUNTS = {name: account for account, name in _accounts(CAST)}
CASE = 1


@dataclass(frozen=True)
class Step:
    """What people do until the next rest; the bot starts on the new morning where `turns` working days pass before."""

    name: str
    walk: Callable[[Town], Coroutine[Any, Any, None]]
    turns: int = 0


async def settle(town: Town) -> None:
    """Have everybody's chat open and one case wait for 交办, its contact with the proposer on record."""
    for name, account in ACCOUNTS.items():
        await town.standin.join(account, name)
        town.standin.open_chat(account)
    town.acts(_placed)


def _placed(book: Book) -> None:
    _settle(book, CAST)
    case = casework._register(book, "001", CaseKind.SUGGESTION, "何代表")
    casework_assigning._confirm(book, case, Level.SECOND, co_handler=False, cards=("何主任",))
    part = book.read.exec(select(Part.id).where(Part.case_id == case)).one()
    casework_replies._contact(book, case, part, Phase.EARLY)


async def _assigned(town: Town) -> None:
    await town.presses("何主任", "交办")
    await town.presses("何主任", "确认交办")
    await town.hears("何代表", "已交办市住建局")


async def _acknowledged(town: Town) -> None:
    await town.presses("戚联络员", "签收")
    await town.presses("戚联络员", "内部分办")
    await town.presses("戚联络员", "华科员", "由谁承办")
    await town.hears("华科员", "交您承办")


async def _taken_on(town: Town) -> None:
    await town.presses("李副市长", "已阅领办")
    await town.hears("吕科员", "已阅领办")


async def _reported(town: Town) -> None:
    await town.presses("华科员", "报送进展")
    await town.types("华科员", "已完成摸底。", "请输入进展")
    await town.presses("华科员", "报政府办和领办领导", "报给谁看")
    await town.hears("李副市长", "已完成摸底")


async def _drafted(town: Town) -> None:
    await town.presses("华科员", "提交答复")
    await town.presses("华科员", "A类已解决或基本解决", "属于哪一类")
    await town.types("华科员", "一、已摸清底数。", "请输入答复正文")
    await town.presses("华科员", "就这些")
    await town.presses("华科员", "全文公开", "公开到什么程度")
    await town.presses("华科员", "提交", "正文8字")
    await town.hears("章副局长", "一、已摸清底数")


async def _checked(town: Town) -> None:
    await town.presses("章副局长", "审核通过")
    await town.hears("姜局长", "一、已摸清底数")


async def _signed(town: Town) -> None:
    await town.presses("姜局长", "签发")
    await town.hears("吕科员", "一、已摸清底数")


async def _passed(town: Town) -> None:
    await town.presses("吕科员", "审核通过")
    await town.hears("戚联络员", "卡片已移到下方")


async def _delivered(town: Town) -> None:
    await town.presses("华科员", "送达")
    await town.types("华科员", "兴住建复〔2026〕12号", "文号是什么")
    await town.presses("华科员", "不附扫描件")
    await town.presses("华科员", "面复", "怎样送达")
    await town.presses("华科员", "送达", "确认后答复计时停止")
    await town.hears("何代表", "收到答复后请按")


async def _received(town: Town) -> None:
    await town.presses("何代表", "已收到")
    await town.hears("华科员", "已收到市住建局的答复")


async def _opened(town: Town) -> None:
    await town.hears("何代表", "填写征询意见表")


async def _answered(town: Town) -> None:
    await town.presses("何代表", "填写征询意见表")
    for wanted, within in (
        ("满意", "办理态度"),
        ("满意", "办理结果的评价"),
        ("已解决", "问题解决了吗"),
        ("走访或面商", "怎样与您联系"),
        ("针对", "是否针对"),
        ("不写", "还有什么要说"),
        ("可以告诉承办单位", "可以告诉谁"),
    ):
        await town.presses("何代表", wanted, within)


async def _submitted(town: Town) -> None:
    await town.presses("何代表", "提交")
    await town.hears("何代表", "已提交", "回执编号")


STEPS = (
    Step("交办", _assigned),
    Step("签收", _acknowledged),
    Step("已阅领办", _taken_on),
    Step("报送进展", _reported),
    Step("提交答复", _drafted),
    Step("审核", _checked),
    Step("签发", _signed),
    Step("复核", _passed),
    Step("送达", _delivered),
    Step("已收到", _received),
    Step("开表", _opened, turns=5),
    Step("填表", _answered),
    Step("提交", _submitted),
)
