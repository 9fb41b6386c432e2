"""The table of rules: its defaults, what it refuses, and that a version is told by its fingerprint."""

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.durations import LONGEST, Duration, Unit
from storage.rules.ruleset import RuleSet, SlipRules

# domain.md 10.3 and chat.md 4, as an office would write them
WRITTEN = {
    "recess_assign": "5wd",
    "preassign_check": "5wd",
    "session_assign_meeting": "1m",
    "contact_list": "5d",
    "sign_receipt": "2wd",
    "return_window": "5wd",
    "return_late": "refuse",
    "return_decision": "3wd",
    "return_decision_hard": "10wd",
    "return_max": 2,
    "first_contact": "15wd",
    "contacts_required": [1, 1, 1],
    "contacts_face_to_face": 1,
    "co_opinion": "1m",
    "co_opinion_before_due": "20d",
    "co_opinion_redo": "5wd",
    "reply_due_suggestion": "3m",
    "reply_due_proposal": "3m",
    "reply_hard": "6m",
    "extension_apply_before": "10wd",
    "draft_to_office": "10wd",
    "draft_review": "3wd",
    "roll_due_to_workday": True,
    "publish_due": "20wd",
    "survey_window": "15wd",
    "survey_reminders": [5, 10, 14],
    "survey_open_draw": [1, 3],
    "survey_open_latest": "5wd",
    "survey_rater": "lead",
    "survey_rater_threshold": 80,
    "redo_due": "1m",
    "redo_max": 1,
    "redo_conference": "1m",
    "revisit_sample": 10,
    "light_blue": "15d",
    "light_yellow": "5wd",
    "light_red": "1d",
    "urge_reply": "5wd",
    "supervise_reply": "3wd",
    "briefing": "10wd",
    "slips": {"auto_sign": False},
    "grades": 4,
    "extension_volume_bonus": False,
    "survey_silence": "exclude",
    "grades_of_satisfaction": "three",
    "second_survey": "11-15..12-15",
    "promise_report": "quarterly",
    "promise_carry": True,
    "briefing_cycle": "monthly",
    "unit_summary": "08-31",
    "archive_years": 30,
    "leave_notice": "3d",
    "symposium_min": [2, 1],
}


def test_the_defaults_are_those_of_the_domain() -> None:
    assert RuleSet().to_mapping() == WRITTEN
    assert RuleSet.from_mapping(WRITTEN) == RuleSet.from_mapping({}) == RuleSet()


def test_what_is_set_is_held_in_its_own_kind() -> None:
    rules = RuleSet.from_mapping(
        {
            "survey_window": "20d",
            "redo_max": 2,
            "roll_due_to_workday": False,
            "survey_reminders": [3],
            "return_late": "accept",
            "slips": {"auto_sign": True},
        }
    )
    assert rules == replace(
        RuleSet(),
        survey_window=Duration(20, Unit.DAYS),
        redo_max=2,
        roll_due_to_workday=False,
        survey_reminders=(3,),
        return_late="accept",
        slips=SlipRules(auto_sign=True),
    )


def test_the_texts_of_environment_variables_are_understood() -> None:
    rules = RuleSet.from_mapping(
        {
            "redo_max": "2",
            "roll_due_to_workday": "False",
            "survey_reminders": "4,8, 12",
            "slips": {"auto_sign": "on"},
        }
    )
    assert (rules.redo_max, rules.roll_due_to_workday, rules.survey_reminders) == (2, False, (4, 8, 12))
    assert rules.slips.auto_sign


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"reply_du": "3m"}, r"rules\.reply_du: there is no such rule"),
        ({"slips": {"autosign": True}}, r"rules\.slips\.autosign: there is no such rule"),
        ({"slips.auto_sign": True}, r"rules\.slips\.auto_sign: there is no such rule"),
        ({"slips": True}, r"rules\.slips: a table"),
        ({"slips": {"auto_sign": "perhaps"}}, r"rules\.slips\.auto_sign: true or false"),
        ({"reply_due_suggestion": "3 months"}, r"rules\.reply_due_suggestion: .*15wd"),
        ({"reply_due_suggestion": 3}, r"rules\.reply_due_suggestion: a duration .*, not 3"),
        ({"reply_due_suggestion": None}, r"rules\.reply_due_suggestion: a duration"),
        ({"urge_reply": "0wd"}, r"rules\.urge_reply: "),
        ({"redo_max": "many"}, r"rules\.redo_max: a number from 0 to 100"),
        ({"redo_max": True}, r"rules\.redo_max: a number"),
        ({"redo_max": -1}, r"rules\.redo_max: a number"),
        ({"redo_max": 1.5}, r"rules\.redo_max: a number"),
        ({"revisit_sample": 101}, r"rules\.revisit_sample: a number"),
        ({"roll_due_to_workday": 1}, r"rules\.roll_due_to_workday: true or false"),
        ({"return_late": "perhaps"}, r"rules\.return_late: one of refuse, accept"),
        ({"return_late": []}, r"rules\.return_late: one of"),
        ({"survey_reminders": 5}, r"rules\.survey_reminders: a list of numbers"),
        ({"survey_reminders": [10, 5]}, r"rules\.survey_reminders: .*ascending"),
        ({"survey_reminders": [5, 5]}, r"rules\.survey_reminders: .*ascending"),
        ({"survey_reminders": [0, 5]}, r"rules\.survey_reminders: "),
        ({"survey_reminders": ["x"]}, r"rules\.survey_reminders: a number"),
        ({"survey_open_draw": [3, 1]}, r"rules\.survey_open_draw: "),
        ({"survey_open_draw": [0, 3]}, r"rules\.survey_open_draw: "),
        ({"survey_open_draw": [1]}, r"rules\.survey_open_draw: "),
        ({"contacts_required": [1, 1]}, r"rules\.contacts_required: "),
        ({"contacts_required": [0, 0, 0]}, r"rules\.contacts_face_to_face: "),
        ({"reply_due_proposal": "7m"}, r"rules\.reply_due_proposal: 7m is longer than reply_hard = 6m"),
        ({"reply_hard": "40wd"}, r"rules\.reply_due_suggestion: 3m is longer"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_name(mapping: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RuleSet.from_mapping(mapping)


def test_the_fingerprint_is_the_same_for_the_same_rules_however_written() -> None:
    backward = dict(reversed(WRITTEN.items()))
    assert RuleSet.from_mapping(backward).fingerprint() == RuleSet().fingerprint()
    assert len(bytes.fromhex(RuleSet().fingerprint())) == 32


def test_every_rule_changes_the_fingerprint() -> None:
    other = {
        "return_late": "accept",
        "survey_rater": "every",
        "roll_due_to_workday": False,
        "slips": {"auto_sign": True},
        "contacts_required": [2, 1, 1],
        "survey_open_draw": [1, 2],
        "survey_reminders": [5, 10],
        "reply_hard": "5m",
        "extension_volume_bonus": True,
        "grades_of_satisfaction": "four",
        "second_survey": "11-01..11-30",
        "promise_report": "monthly",
        "promise_carry": False,
        "briefing_cycle": "weekly",
        "unit_summary": "09-30",
        "symposium_min": [1, 1],
    }
    seen = {RuleSet().fingerprint()}
    settable = [item for item in fields(RuleSet) if item.name != "survey_silence"]  # one choice: never counted as yes
    for item in settable:
        default = WRITTEN[item.name]
        changed = other.get(item.name, default + 1 if isinstance(default, int) else "4d")
        seen.add(RuleSet.from_mapping({item.name: changed}).fingerprint())
    assert len(seen) == len(settable) + 1


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "co_opinion": st.sampled_from(Unit).flatmap(
                lambda unit: st.integers(1, LONGEST[unit]).map(lambda count: f"{count}{unit}")
            ),
            "redo_max": st.integers(0, 100),
            "roll_due_to_workday": st.booleans(),
            "survey_reminders": st.sets(st.integers(1, 100)).map(sorted),
            "slips": st.fixed_dictionaries({}, optional={"auto_sign": st.booleans()}),
        },
    )
)
def test_a_kept_version_is_read_back_from_its_json(mapping: dict[str, object]) -> None:
    rules = RuleSet.from_mapping(mapping)
    kept = json.loads(json.dumps(rules.to_mapping()))
    assert RuleSet.from_mapping(kept) == rules
    assert RuleSet.from_mapping(kept).fingerprint() == rules.fingerprint()


def test_the_example_shows_every_rule_with_its_default() -> None:
    """An operator finds each number, and what it is, in the file that he copies."""
    example = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")
    lines = example[example.index("[rules]") :].splitlines()
    rules = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines if " = " in line))
    assert RuleSet.from_mapping(rules).to_mapping() == RuleSet().to_mapping()
    assert rules.keys() == RuleSet().to_mapping().keys()
