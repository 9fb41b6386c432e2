"""The morning on which a form's window is over: one message a person, whatever has closed and is alarmed."""

from datetime import date, datetime, time, timedelta

from sqlmodel import select

from storage.rules.words import Verdict
from storage.tables import Letter
from tests import casework_forms
from tests.world import ZONE, World, label


async def waits(world: World, last: date) -> None:
    """Turn the clock to the morning after a window, everything before it skimmed."""
    await world.turns(to=datetime.combine(last, time(20), ZONE))
    for phone in world.phones.values():
        phone.skims()
    await world.turns(to=datetime.combine(last + timedelta(days=1), time(9), ZONE))


async def test_the_morning_after_a_window_brings_everybody_one_message(world: World) -> None:
    """What a form said and the alert on it are one digest, not two letters on one case; so are three forms at once."""
    for number in ("001", "002"):
        await casework_forms.submitted(world, number, Verdict.DISSATISFIED)
    case = await casework_forms.submitted(world, "003", Verdict.SATISFIED)
    await waits(world, casework_forms.closes_on(world, case))
    for name in ("施主任", "吕科员", "何主任", "戚联络员", "华科员", "姜局长", "章副局长"):
        digest = world[name].hears("建议001号", "建议002号", "建议003号", "态度“不满意”", "态度“满意”")
        assert ("预警2件" in digest.text) is (name in ("施主任", "吕科员", "何主任"))
        assert digest.text.count("管网没有动工") == 2
        assert [label(b.text) or b.text for b in digest.buttons[0]] == ["1", "2", "3"]
        world[name].hears_nothing()
    world["何代表"].skims()


async def test_a_digest_with_a_rating_keeps_no_copy_of_it(world: World) -> None:
    """What is erased with the answer must not stand in the outbox."""
    case = await casework_forms.submitted(world, verdict=Verdict.DISSATISFIED)
    await waits(world, casework_forms.closes_on(world, case))
    kept = world.look(lambda read: [letter.text for letter in read.exec(select(Letter)) if letter.text])
    assert kept
    assert not any("管网没有动工" in text for text in kept)
    for phone in world.phones.values():
        phone.skims()


async def test_a_reply_to_the_digest_of_a_form_is_a_note_on_its_case(world: World) -> None:
    """Where the digest is about one case, that case is meant."""
    case = await casework_forms.submitted(world, verdict=Verdict.SATISFIED)
    await waits(world, casework_forms.closes_on(world, case))
    clerk = world["吕科员"]
    await clerk.writes("已阅，归档备查。", clerk.hears("建议001号", "态度“满意”"))
    clerk.hears("建议001号", "备注")
    for phone in world.phones.values():
        phone.skims()
