"""The bench measures what it says: what the server reads, when a press counts, and what leaves no figure."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import counted, goals, paces, words
from bench.bots import KINDS
from bench.counts import folded, scans
from bench.faults import Faults
from bench.presses import Stretch, refusals
from bench.profiling import by_phase, lowest, stacks
from bench.server import Server, message_body
from bench.tally import Tally, quantile
from bench.wire import content_length, field, method_of

MULTIPART = b"".join(
    (
        b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n",
        b'Content-Disposition: form-data; name="%b"\r\n\r\n%d\r\n--x--\r\n',
    )
)


@given(number=st.integers(-(10**15), 10**18), name=st.sampled_from(["chat_id", "callback_query_id", "offset"]))
def test_a_number_is_read_in_each_of_the_three_shapes(number: int, name: str) -> None:
    """Httpx sends forms, aiogram multipart, our own requests JSON: all three count alike."""
    key = name.encode()
    for body in (
        json.dumps({"sub_" + name: 5, name: number}).encode(),
        json.dumps({name: str(number), "z": 1}, separators=(",", ":")).encode(),
        b"sub_%b=5&%b=%d&text=7" % (key, key, number),
        MULTIPART % (key, number),
    ):
        assert field(body, key) == number


def test_what_is_not_there_is_no_number() -> None:
    assert field(b'{"text":"x"}', b"chat_id") is None
    assert field(b"chat_id=", b"chat_id") is None


def test_a_head_is_read_for_method_and_length() -> None:
    head = b"POST /bot1:A/editMessageText?x=1 HTTP/1.1\r\nHost: h\r\nCONTENT-LENGTH: 12"
    assert (method_of(head), content_length(head)) == ("editMessageText", 12)
    assert content_length(b"GET / HTTP/1.1") == 0


def test_the_ready_made_answer_is_a_message_of_that_chat() -> None:
    """It is glued together of bytes; it must still be what Telegram answers."""
    result = json.loads(message_body(77, 88))["result"]
    assert (result["chat"]["id"], result["message_id"]) == (77, 88)
    assert result["reply_markup"]["inline_keyboard"]


class Line:
    """A connection that keeps what it was told."""

    there = True

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.cut = False

    def say(self, body: bytes, status: bytes = b"200 OK") -> None:
        """Keep an answer."""
        self.said.append({"status": status, **json.loads(body)})

    def drop(self) -> None:
        """Keep that it was cut."""
        self.cut = True


def call(server: Server, method: str, **facts: Any) -> Line:
    line = Line()
    server.take(line, method, json.dumps(facts).encode())  # type: ignore[arg-type]  # as much of a line as is needed
    return line


async def test_an_update_stays_until_a_higher_offset_is_asked_for() -> None:
    server = Server()
    server.offer(5, 9, "v1:x")
    (first,) = call(server, "getUpdates", offset=1).said
    (again,) = call(server, "getUpdates", offset=1).said
    assert first["result"] == again["result"] != []
    (after,) = call(server, "getUpdates", offset=2, timeout=0).said
    assert after["result"] == []


async def test_a_press_is_whole_when_it_is_answered_and_its_card_edited() -> None:
    """Neither the answer alone nor an edit of another message will do; a second answer is seen."""
    server = Server()
    server.offer(5, 9, "v1:x")
    query = str(words.query_of(1))
    call(server, "answerCallbackQuery", callback_query_id=query)
    call(server, "editMessageText", chat_id=5, message_id=8)
    assert server.tally.report()["whole"] == 0
    call(server, "editMessageText", chat_id=5, message_id=9)
    assert server.tally.report()["whole"] == 1
    call(server, "answerCallbackQuery", callback_query_id=query)
    assert server.tally.report()["answered_once"] == 0


async def test_latency_counts_from_the_offer_and_not_from_the_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that asks late must not look fast."""
    now = [100.0]
    monkeypatch.setattr("bench.tally.clock", lambda: now[0])
    tally = Tally()
    tally.offer(1, 5, 9)
    now[0] = 103.0
    tally.presses[1].handed = 103.0
    tally.answer(1)
    tally.edit(5, 9)
    assert tally.report()["answer"]["0.99"] == pytest.approx(3.0)
    assert math.isnan(tally.report(apart=[5])["edit"]["0.5"])


async def test_the_planned_faults_happen() -> None:
    server = Server()
    server.faults = Faults(refused={5: math.inf}, share_5xx=1.0)
    with pytest.raises(OverflowError):
        server.faults.retry_after(5, 0.0)
    server.faults = Faults(refused={5: 1e12})
    (refused,) = call(server, "editMessageText", chat_id=5, message_id=9).said
    assert refused["parameters"]["retry_after"] > 0
    server.faults = Faults(share_5xx=1.0)
    assert call(server, "sendMessage", chat_id=6).said[0]["status"].startswith(b"502")
    server.faults = Faults(share_dropped=1.0)
    assert call(server, "sendMessage", chat_id=6).cut
    server.faults = Faults(share_doubled=1.0)
    server.offer(5, 9, "v1:x")
    assert len(call(server, "getUpdates").said[0]["result"]) == 2


@given(st.lists(st.floats(0, 20), max_size=60))
def test_the_fullest_second_is_the_fullest(moments: list[float]) -> None:
    ranked = sorted(moments)
    naive = max((sum(start <= each < start + 1 for each in ranked) for start in ranked), default=0)
    assert abs(paces.fullest(ranked) - naive) <= sum(ranked.count(each + 1) for each in set(ranked))


def test_a_rank_is_a_value_that_was_seen() -> None:
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile([1, 2], 1.0) == 2
    assert math.isnan(quantile([], 0.5))


FINE = {"whole": 10, "presses": 10, "answered_once": 10}
BUSY = {"busy": 0.99, "foreign": 0.0}
EASY = {"busy": 0.2, "foreign": 0.0}


@pytest.mark.parametrize(
    ("found", "bot", "server", "check"),
    [
        ({**FINE, "answered_once": 9}, BUSY, EASY, []),
        ({**FINE, "whole": 9}, BUSY, EASY, []),
        (FINE, {"busy": 0.5, "foreign": 0.1}, EASY, []),
        (FINE, BUSY, {"busy": 0.7, "foreign": 0.0}, []),
        (FINE, BUSY, EASY, ["entries"]),
    ],
)
def test_a_run_that_is_not_sound_has_no_figure(
    found: dict[str, Any], bot: dict[str, float], server: dict[str, float], check: list[str]
) -> None:
    """Lost or doubled answers, an idle bot, a generator out of breath, a record that does not agree."""
    stretch = Stretch(10)
    assert refusals(KINDS["duban"], stretch, FINE, BUSY, EASY, {"wrong": []}) == []
    assert refusals(KINDS["duban"], stretch, found, bot, server, {"wrong": check})


def figures(rate: float, *, noisy: bool = False, refused: bool = False) -> dict[str, Any]:
    return {"kind": "x", "rate": rate, "core_rate": rate * 2, "cpu_ms": 1000 / rate, "noisy": noisy,
            "refused": ["because"] if refused else []}  # fmt: skip


def verdict(name: str, **result: Any) -> goals.Verdict:
    (found,) = goals.verdicts({"goals": [name], **result})
    return found


def test_a_goal_takes_the_median_of_the_ratios_of_rounds() -> None:
    turns = [{"duban": figures(ours), "ptb": figures(100)} for ours in (400, 150, 180)]
    found = verdict("G1", rounds=turns)
    assert (found.passed, found.figures) == (True, (4.0, 1.5, 1.8))
    assert "1.8 [1.5-4]" in found.line
    assert verdict("G1", rounds=turns[1:2]).passed is False


def test_a_goal_without_a_figure_is_missed() -> None:
    """A refused run, a part that failed, a figure that is not there: none of them is green."""
    turns = [{"duban": figures(400, refused=True), "ptb": figures(100)}]
    assert verdict("G1", rounds=turns).passed is False
    assert "because" in verdict("G1", rounds=turns).line
    assert verdict("G6a", sweep={"failed": "no disk"}).passed is False
    assert verdict("G5b", counts={"stretches": {"burst": {"fsyncs": None}}}).passed is False
    assert goals.verdicts({"goals": []}) == []


def test_where_others_use_the_cores_presses_count_by_cpu() -> None:
    turns = [{"duban": figures(400, noisy=True), "ptb": {**figures(100), "core_rate": 1000.0}}]
    assert verdict("G1", rounds=turns).figures == (0.8,)
    assert goals.noisy({"rounds": turns})
    assert not goals.noisy({"rounds": [{"duban": figures(400)}], "meta": {"load": [0.2, 3, 3]}})


def test_every_goal_of_every_suite_is_known() -> None:
    from bench.suites import SUITES  # noqa: PLC0415 (only here)

    known = {goal.name for goal in goals.GOALS}
    assert all(set(suite.goals) <= known for suite in SUITES.values())
    assert set(SUITES["whole"].goals) == known


def test_a_statement_is_folded_for_reading() -> None:
    assert folded("SELECT a.id FROM a WHERE a.id IN (?, ?, ?)") == "SELECT a.id FROM a WHERE a.id IN (?…)"


def test_a_table_that_is_walked_is_named(tmp_path: Any) -> None:
    import sqlite3  # noqa: PLC0415 (only here)

    file = tmp_path / "a.db"
    book = sqlite3.connect(file)
    book.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, b)")
    book.close()
    (found,) = scans(file, ["SELECT b FROM a WHERE b = ?", "SELECT b FROM a WHERE id = ?"])
    assert found.startswith("SCAN a ")


def test_samples_go_to_the_lowest_function_of_ours() -> None:
    root = "run (/x/bot/commands/running.py:23);read (/x/storage/queries/roster.py:9)"
    raw = f"{root};execute (/x/site-packages/sqlalchemy/a.py:1) 3\nrun (/x/bot/commands/running.py:23) 1\n"
    assert lowest(stacks(raw)) == {"storage/queries/roster.read": 3, "bot/commands/running.run": 1}
    assert by_phase(stacks(raw))["event loop itself"] == 4


def test_a_statement_is_counted_without_its_values(tmp_path: Any) -> None:
    """Whoever opens the connection; the same statement with other values is the same statement."""
    book = counted.connect(tmp_path / "a.db", isolation_level=None)
    try:
        counted.statements.clear()
        book.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, b2 REAL)")
        for value in ("it''s 5", "x"):
            book.execute("INSERT INTO a (b, b2) VALUES (?, ?)", (value, -1.5))
        book.execute("SELECT b2 FROM a WHERE id IN (1, 22)")
        found = dict(counted.statements)
        assert counted.durability() == {"synchronous": 2, "journal_mode": "delete"}
    finally:
        book.close()
        counted.opened.remove(book)
    assert found["INSERT INTO a (b, b2) VALUES (?, ?)"] == 2
    assert found["SELECT b2 FROM a WHERE id IN (?, ?)"] == 1
