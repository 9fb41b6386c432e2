"""How long letters stay true: every kind has its line in the one table, and no line is for a kind that is gone."""

from handlers.conversations import ROUTES
from handlers.notices.surveying import DISPUTE, PAPER, SURVEY
from storage.rules.truths import TRUTHS, Proof

BUILT_IN = {"card", "prompt", "strip", "moved", "said", "menu"}


def test_every_kind_of_letter_has_its_truth() -> None:
    """Guard against a new notice that nobody has thought about, and against lines for old ones."""
    assert set(TRUTHS) == set(ROUTES.notices) | BUILT_IN


def test_nothing_of_a_survey_and_nothing_of_a_proposer_is_passed_on() -> None:
    """Guard what a unit's second contact may get: never what a form says, never what is a proposer's own."""
    passed = {kind for kind, truth in TRUTHS.items() if truth.passes_on}
    assert not passed & {*SURVEY, *PAPER, *DISPUTE, "rehandle", "rehandle_proposer", "reply_delivered"}
    assert all(truth.lasts.total_seconds() > 0 for truth in TRUTHS.values())
    assert TRUTHS["digest"].proof is Proof.DAY
