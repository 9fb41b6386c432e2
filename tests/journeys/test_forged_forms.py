"""Nobody but its proposer answers a form, nobody but his desk does the desk's part: forged and replayed presses."""

from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from handlers import buttons
from handlers.buttons import Button, Forged
from storage.acts import surveying
from storage.rules.refusals import Refused
from storage.rules.stages import Act, Stage
from storage.rules.words import Verdict
from storage.settings import button_key
from storage.tables import Alert, Answer, Attachment, Dispute, Draft, Form
from tests import casework_forms as placed
from tests import casework_replies
from tests.casework_replies import acts_as
from tests.conftest import CAST
from tests.world import World

PROPOSERS_ACTS = (
    Act.FILL,
    Act.SUBMIT,
    Act.OPEN_FORM,
    Act.CLOSE_FORM,
    Act.DISPUTE,
    Act.OWN_PAPER,
    Act.DENY_PAPER,
)
PROPOSERS_VERBS = (*(f"f.{act}" for act in PROPOSERS_ACTS), "form.call")
DESKS_VERBS = (f"f.{Act.ENTER_PAPER}", "form.voice", "dispute.find")
NAMES = tuple(row.name for row in CAST)
VERBS = (*PROPOSERS_VERBS, *DESKS_VERBS)
RIGHTLY = {*product(["何代表"], PROPOSERS_VERBS), *product(["施主任"], DESKS_VERBS)}
WRONGLY = [pair for pair in product(NAMES, VERBS) if pair not in RIGHTLY]
STAGES = (Stage.DRAWN, Stage.OPEN, Stage.SUBMITTED, Stage.CLOSED)
TABLES = (Form, Answer, Dispute, Draft, Attachment, Alert)
NOT_THERE = 4711


def rows(world: World) -> list[str]:
    """Give every row of the survey."""
    return world.look(lambda read: [str(row) for table in TABLES for row in read.exec(select(table))])


async def press(world: World, name: str, button: Button) -> str:
    """Press data that is signed rightly for this person's own chat, which no message of his carries."""
    phone = world[name]
    if not phone.messages:
        await phone.writes("/help")
        phone.skims()
    key = world.look(button_key)
    packed = buttons.pack(button, phone.user_id, key)
    return await phone.presses_data(phone.messages[-1], packed, forged=True)


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)], ids=["a quarter", "whole"])
@pytest.mark.parametrize("stage", STAGES)
async def test_every_role_by_every_act_is_refused_in_the_same_words(world: World, stage: Stage, *, whole: bool) -> None:
    """Rightly signed, by the wrong person: nothing changes, and the answer is the one for a form that is not there.

    The four stages share out every pair of person and act among them; the whole of it at every stage takes minutes.
    """
    make = {
        Stage.DRAWN: casework_replies.delivered,
        Stage.OPEN: placed.opened,
        Stage.SUBMITTED: placed.submitted,
        Stage.CLOSED: placed.closed,
    }[stage]
    case = await make(world)
    form, before = placed.form(world, case), rows(world)
    assert form.stage == stage
    nothing = {verb: await press(world, "金代表", Button(verb, NOT_THERE, form.version)) for verb in VERBS}
    assert all(nothing.values())
    for place, (name, verb) in enumerate(WRONGLY):
        if whole or place % len(STAGES) == STAGES.index(stage):
            assert await press(world, name, Button(verb, form.id, form.version)) == nothing[verb], (name, verb)
    assert rows(world) == before
    for name in NAMES:
        if name not in ("何代表", "施主任"):
            assert not [view for view in world[name].unheard if "征询" in view.text]
        world[name].skims()


async def test_a_button_copied_from_the_proposers_chat_is_nothing_elsewhere(world: World) -> None:
    """Data is signed for one chat: replayed from another it is not known at all."""
    case = await placed.submitted(world)
    deputy, head = world["何代表"], world["姜局长"]
    await deputy.presses("填写征询意见表")
    before = rows(world)
    stolen = [button.data for view in deputy.messages for row in view.buttons for button in row if button.data]
    assert len(stolen) > 5
    for data in stolen:
        assert "无法识别" in await head.presses_data(head.messages[-1], data, forged=True)
    assert rows(world) == before
    assert len(placed.answers(world, case)) == 1
    deputy.skims()


async def test_the_steps_of_an_open_form_are_its_owners_alone(world: World) -> None:
    """Rightly signed presses on somebody else's question, in any version, with any answer: refused."""
    await placed.opened(world)
    await placed.fills(world)
    draft = world.look(lambda read: read.exec(select(Draft)).one())
    before = rows(world)
    for name, version, key in product(
        ("姜局长", "何主任", "施主任", "金代表"), range(1, draft.version + 2), ("yes", "<", "x")
    ):
        assert await press(world, name, Button("d", draft.id, version, key))
    assert rows(world) == before
    world["何代表"].skims()


async def test_the_act_itself_refuses_everybody_else(world: World) -> None:
    """Were every gate open: submit, call, open, recall and close are still refused by the act."""
    case = await placed.opened(world)
    form, before = placed.form(world, case), rows(world)
    acts: tuple[tuple[Any, ...], ...] = (
        (surveying.submit, form.id, placed.opinion(Verdict.SATISFIED)),
        (surveying.check, form.id),
        (surveying.call_me, form.id),
        (surveying.open_form, form.id),
        (surveying.remind, form.id),
        (surveying.close_form, form.id),
        (surveying.conclude, case),
    )
    for name, (act, *facts) in product((name for name in NAMES if name != "何代表"), acts):
        with pytest.raises(Refused):
            acts_as(world, name, act, *facts)
        assert rows(world) == before, (name, act)


async def test_not_even_the_proposer_opens_or_closes_his_form(world: World) -> None:
    """The day is the bot's alone: who could open his form could be made to do so beside somebody."""
    case = await casework_replies.delivered(world)
    form = placed.form(world, case)
    for act in (surveying.open_form, surveying.close_form, surveying.remind, surveying.check, surveying.call_me):
        with pytest.raises(Refused):
            acts_as(world, "何代表", act, form.id)
    assert placed.form(world, case).stage == Stage.DRAWN


KEY = bytes(range(32))
CHAT = 10_016
PACKED = buttons.pack(Button("f.fill", 7, 3), CHAT, KEY)


def _no_changed_byte_passes(place: int, character: str, chat: int, verb: str) -> None:
    """Try another byte, another chat, another verb under an old tag."""
    mutated = PACKED[:place] + character + PACKED[place + 1 :]
    swapped = PACKED.replace("f.fill", verb)
    for data in {mutated, swapped}:
        if data == PACKED and chat == CHAT:
            assert buttons.unpack(data, chat, KEY) == Button("f.fill", 7, 3)
        else:
            with pytest.raises((Forged, ValueError)):
                buttons.unpack(data, chat, KEY)


@pytest.mark.parametrize("examples", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_changed_byte_passes(examples: int) -> None:
    """Three hundred mutated callbacks, in the long run ten thousand: none is taken for a button of ours."""
    mutations = given(
        place=st.integers(0, len(PACKED) - 1),
        character=st.characters(min_codepoint=33, max_codepoint=126),
        chat=st.sampled_from([CHAT, CHAT + 1, -CHAT, 0]),
        verb=st.sampled_from(["f.fill", "f.submit", "f.paper", "f.dispute", "d", "form.voice"]),
    )
    tried = settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    tried(mutations(_no_changed_byte_passes))()
