"""Whose move it is, who reads which line of a history, and as what a reply is taken."""

import pytest

from handlers.history import SAID
from storage.rules.histories import KINDS, PROPOSERS, shown
from storage.rules.moves import MOVES, Move
from storage.rules.stages import TABLE, Act, Stage
from storage.rules.takings import Taking, Thing, takings
from storage.rules.words import Standing

S = Standing


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.stage}-{move.act}")
def test_every_move_is_a_cell_of_the_table_for_those_it_waits_for(move: Move) -> None:
    """A list must never ask for a step that its button would refuse for want of standing."""
    allowed: set[Standing] = set()
    for step in TABLE:
        if (step.source, step.act) == (move.stage, move.act):
            allowed |= step.standings
    assert move.standings <= allowed


def test_nothing_that_somebody_must_press_waits_for_nobody() -> None:
    """Every stage that a press leads out of has a move, but for those that only the clock or a finding ends."""
    led_out = {step.source for step in TABLE if step.standings and step.target is not step.source}
    optional = {Stage.REPLIED, Stage.OPINED, Stage.SUBMITTED, Stage.CLOSED}
    assert led_out - {move.stage for move in MOVES} <= optional


def test_the_answer_to_a_slip_waits_for_those_who_work_and_not_for_every_leader() -> None:
    """What may be done by many is asked of few."""
    (answer,) = [move for move in MOVES if move.act is Act.ANSWER_SLIP]
    assert answer.standings == {S.LIAISON, S.HANDLER}


def test_every_kind_that_a_history_shows_has_its_words() -> None:
    """A kind without words would break the page, words without a kind are never read."""
    assert set(SAID) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "standings", "own", "seen"),
    [
        ("assigned", {S.PROPOSER}, False, True),
        ("reply_drafted", {S.PROPOSER}, False, False),
        ("reply_drafted", {S.HANDLER}, True, True),
        ("reply_drafted", {S.HANDLER}, False, False),
        ("reply_drafted", {S.HANDLER, S.PROPOSER}, True, False),
        ("reply_drafted", {S.CLERK}, False, True),
        ("reply_drafted", {S.LEADER}, False, False),
        ("slip_issued", {S.PROPOSER}, False, False),
        ("noted", {S.DESK}, False, False),
        ("noted", {S.CLERK}, False, True),
        ("desk_noted", {S.OFFICE_HEAD}, False, False),
        ("message", {S.OFFICE_HEAD}, False, False),
        ("message", {S.SECONDER}, False, True),
        ("form_submitted", set(Standing), True, False),
        ("disputed", set(Standing), True, False),
        ("a kind that nobody has thought about", set(Standing), True, False),
        ("assigned", set(), True, False),
    ],
)
def test_a_history_shows_each_what_he_may_know(kind: str, standings: set[Standing], own: bool, seen: bool) -> None:
    """Drafts stay in the workshop; of form and dispute no history says anything."""
    assert shown(kind, frozenset(standings), own_part=own) is seen


def test_no_history_says_what_a_form_says_nor_names_a_dispute_or_an_alert() -> None:
    """Chat.md's table binds histories: sent and handed in for the proposer and his desk, the rest after the window."""
    told = {kind: rule.standings for kind, rule in KINDS.items() if "form" in kind}
    assert told.keys() == {"form_opened", "form_answered", "form_closed"}
    assert told["form_opened"] == told["form_answered"] == {S.PROPOSER, S.DESK}
    assert not told["form_closed"] & {S.LEAD_LEADER, S.LEADER, S.SECRETARY, S.SECONDER}
    assert not [
        kind for kind in KINDS if any(word in kind for word in ("rating", "disput", "alert", "paper_e", "voice"))
    ]
    for kind in ("rehandled", "conference_recorded", "conference_objected", "conference_agreed"):
        leaders = KINDS[kind].standings & {S.LEAD_LEADER, S.LEADER, S.SECRETARY}
        assert not leaders, "a second round says 不满意, and so does a conference"


@pytest.mark.parametrize(
    ("thing", "standings", "found"),
    [
        (Thing.CARD, {S.LEAD_LEADER}, (Taking.INSTRUCTION,)),
        (Thing.CARD, {S.LEADER}, (Taking.INSTRUCTION,)),
        (Thing.CARD, {S.SECRETARY}, (Taking.INSTRUCTION,)),
        (Thing.ALERT, {S.LEADER}, (Taking.INSTRUCTION,)),
        (Thing.SLIP, {S.LEADER}, ()),
        (Thing.CARD, {S.HANDLER}, (Taking.REPORT,)),
        (Thing.CARD, {S.UNIT_HEAD}, (Taking.REPORT,)),
        (Thing.CARD, {S.UNIT_HEAD, S.LEAD_LEADER}, (Taking.REPORT, Taking.INSTRUCTION)),
        (Thing.SLIP, {S.LIAISON}, (Taking.SLIP_ANSWER, Taking.REPORT)),
        (Thing.ALERT, {S.LIAISON}, ()),
        (Thing.CARD, {S.CLERK}, (Taking.NOTE,)),
        (Thing.SLIP, {S.OFFICE_HEAD}, (Taking.NOTE,)),
        (Thing.ALERT, {S.OFFICE_HEAD}, (Taking.NOTE,)),
        (Thing.CARD, {S.DESK}, (Taking.NOTE,)),
        (Thing.SLIP, {S.DESK}, ()),
        (Thing.ALERT, {S.DESK}, (Taking.NOTE,)),
        (Thing.MESSAGE, {S.DESK}, (Taking.ANSWER, Taking.NOTE)),
        (Thing.CARD, {S.PROPOSER}, (Taking.MESSAGE,)),
        (Thing.CARD, {S.SECONDER}, (Taking.MESSAGE,)),
        (Thing.MESSAGE, {S.PROPOSER}, (Taking.MESSAGE,)),
        (Thing.ALERT, {S.PROPOSER}, ()),
        (Thing.CARD, set(), ()),
    ],
)
def test_a_reply_is_taken_as_what_the_message_asks(
    thing: Thing, standings: set[Standing], found: tuple[Taking, ...]
) -> None:
    """The table of chat.md 4, row by row; a proposer's reply is a message to his desk whatever else he is."""
    assert takings(thing, frozenset(standings)) == found
    if standings & PROPOSERS and found:
        assert found[0] is Taking.MESSAGE
