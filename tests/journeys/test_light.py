"""Light mode: what a proposer types here stands on no paper, so his desk and the handling unit read it here."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from storage.rules.words import Telling, Verdict
from tests import casework, casework_forms, casework_replies
from tests.world import ZONE, World


async def over(world: World, case: int) -> None:
    """Turn the clock to the morning after the form's window."""
    last = casework_forms.closes_on(world, case)
    await world.turns(to=datetime.combine(last + timedelta(days=1), time(9), ZONE))


async def test_the_desk_reads_a_reason_at_once(tmp_path: Path) -> None:
    """不满意 reaches the desk with its words; nobody else hears of it yet."""
    async with casework_replies.light(tmp_path) as world:
        case = await casework_forms.opened(world)
        casework_forms.submit(world, case, Verdict.DISSATISFIED)
        await world.settled()
        assert "管网没有动工" in world["施主任"].hears("不满意").text
        for name in ("吕科员", "何主任", "戚联络员", "李副市长"):
            world[name].hears_nothing()
        world["何代表"].skims()


@pytest.mark.parametrize(("telling", "unit_reads"), [(Telling.UNIT_TOO, True), (Telling.DESK_AND_OFFICE, False)])
async def test_after_the_window_the_unit_reads_what_it_was_allowed(
    tmp_path: Path, telling: Telling, unit_reads: bool
) -> None:
    """The office is told where to read, the unit has his words only where he let it."""
    async with casework_replies.light(tmp_path) as world:
        case = await casework_forms.submitted(world, verdict=Verdict.DISSATISFIED, said={"telling": telling})
        for phone in world.phones.values():
            phone.skims()
        await over(world, case)
        assert ("管网没有动工" in world["戚联络员"].hears("办理态度“不满意”").text) is unit_reads
        assert "管网没有动工" in world["施主任"].sees("办理态度“不满意”").text
        for name in ("吕科员", "何主任"):
            said = world[name].hears("办理态度“不满意”").text
            assert "管网没有动工" not in said
            assert "不在此发送" in said
        for phone in world.phones.values():
            phone.skims()


async def test_the_desk_reads_a_proposer_s_message(tmp_path: Path) -> None:
    """A reply to his card goes to his desk, which must be able to read it."""
    async with casework_replies.light(tmp_path) as world:
        await casework.assigned(world)
        deputy = world["何代表"]
        await deputy.writes("请再联系我一次。", deputy.sees("建议001号"))
        world["施主任"].hears("何代表", "请再联系我一次。")
        deputy.skims()
