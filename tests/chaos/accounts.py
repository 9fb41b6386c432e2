"""Accounts rendered when all has come to rest: updates, letters, doubles, the pace, the record."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from bot.sandbox.pace import LIMITS, Pace
from bot.sandbox.refusals import Refused
from bot.sandbox.server import Call
from storage.inbox import DONE, IGNORED, REFUSED
from storage.lanes import LEASE
from storage.outbox import DEAD, DROPPED, LET_GO, OVERTAKEN, SENT, UNBOUND, UNREACHABLE, Shape
from storage.reading import Read
from storage.tables import Entry, Letter, Person, Update
from tests import databases
from tests.chaos import replay
from tests.chaos.fleet import SECRET, Fleet
from tests.processes import TOKEN

_OUTCOMES = frozenset({SENT, DROPPED, OVERTAKEN, UNREACHABLE, UNBOUND, DEAD, LET_GO})
_NEW = (Shape.PLAIN, Shape.CARD, Shape.PROMPT)
_TOO_MANY = 429
_DIGEST = "今日提醒"  # how a digest begins
# Acts that are done in slices, of which the last one closes the update.
_SLICED = frozenset({"assigned"})
_SENT = {"sendMessage": "send", "sendDocument": "send", "sendPhoto": "send"}


@dataclass
class Accounts:
    """What was counted, and what does not add up."""

    counted: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def holds(self, condition: object, words: str) -> None:
        """Note what does not hold."""
        if not condition:
            self.wrong.append(words)

    def __str__(self) -> str:
        """Tell the counts in one line."""
        return ", ".join(f"{name} {count}" for name, count in self.counted.items())


def rendered(fleet: Fleet) -> Accounts:
    """Render all accounts of a town at rest."""
    accounts = Accounts()
    _updates(fleet, accounts)
    _acts(fleet, accounts)
    fleet.look(lambda read: _letters(fleet, read, accounts))
    _pace(fleet, accounts)
    accounts.wrong += fleet.look(replay.differences)
    log = fleet.log
    accounts.holds(TOKEN not in log and TOKEN.split(":")[1] not in log, "the token stands in a log")
    accounts.holds(SECRET not in log, "the webhook's secret stands in a log")
    accounts.holds(not fleet.post.let_in, f"taken without the secret: {fleet.post.let_in}")
    accounts.counted["kills"] = len(fleet.deaths)
    accounts.counted["chats in dead hands"] = sum(death.chats for death in fleet.deaths)
    longest = max((death.chats_free for death in fleet.deaths), default=0.0)
    accounts.holds(longest <= LEASE, f"a chat was kept for {longest:.1f} seconds after its replica's death")
    presses = fleet.standin.town.queries.values()  # an answer that met a fault or a death is not given again
    accounts.counted["presses answered"] = sum(query.answered for query in presses)
    accounts.counted["presses not answered"] = sum(not query.answered for query in presses)
    accounts.counted.update(fleet.post.counted)
    return accounts


def _updates(fleet: Fleet, accounts: Accounts) -> None:
    """Hold what the bot has closed to what was brought: each once, none that failed, none that nobody has brought."""
    rows = fleet.look(lambda read: {row.id: row.outcome for row in read.exec(select(Update))})
    brought = set(fleet.standin.updates)
    accounts.holds(rows.keys() == brought, f"updates lost {brought - rows.keys()}, invented {rows.keys() - brought}")
    outcomes = Counter(rows.values())
    odd = {each: outcome for each, outcome in rows.items() if outcome not in (DONE, REFUSED, IGNORED)}
    accounts.holds(not odd, f"updates that were not handled: {odd}")
    accounts.counted["updates"] = len(rows)
    accounts.counted.update({f"updates {outcome}": count for outcome, count in outcomes.items()})


def _acts(fleet: Fleet, accounts: Accounts) -> None:
    """Hold acts to updates, by what the database noted of its transactions: one closes one update, an act its own."""
    name = fleet.shelf.name
    closed = databases.sql("SELECT update_id, tx FROM ledger.closed", name=name)
    twice = [each for each, count in Counter(update_id for update_id, _tx in closed).items() if count > 1]
    accounts.holds(not twice, f"updates closed twice: {twice}")
    by_tx: defaultdict[int, list[int]] = defaultdict(list)
    for update_id, tx in closed:
        by_tx[tx].append(update_id)
    accounts.holds(all(len(each) == 1 for each in by_tx.values()), "updates closed together by one transaction")
    written = databases.sql(
        "SELECT w.tx, r.id, r.kind, convert_from(r.body, 'UTF8')::json ->> 'by' FROM ledger.written w"
        " JOIN record r ON r.id = w.entry", name=name
    )  # fmt: skip
    loose = [(entry, kind) for tx, entry, kind, by in written
             if by is not None and tx not in by_tx and kind not in _SLICED]  # fmt: skip
    accounts.holds(not loose, f"acts that closed no update: {loose}")
    accounts.counted["acts"] = len({tx for tx, *_, by in written if by is not None})
    accounts.counted["acts of the clock"] = len({tx for tx, *_, by in written if by is None})
    accounts.counted["entries"] = len(written)


def _letters(fleet: Fleet, read: Read, accounts: Accounts) -> None:
    """Hold every letter to what came of it, and each message in a chat to what sent it."""
    letters = list(read.exec(select(Letter).order_by(col(Letter.id))))
    outcomes = Counter(str(letter.outcome) for letter in letters)
    accounts.counted["letters"] = len(letters)
    accounts.counted.update({f"letters {outcome}": count for outcome, count in outcomes.items()})
    accounts.holds(outcomes.keys() <= _OUTCOMES, f"letters without an account: {outcomes}")
    listed = list(read.exec(select(Entry.id).where(Entry.kind == "dead_letter")))
    accounts.holds(len(listed) >= outcomes[DEAD], "dead letters that nobody was told of")
    new = [letter for letter in letters if letter.shape in _NEW and letter.edits is None]
    sent = [letter for letter in new if letter.outcome == SENT and letter.message_id]
    places = Counter((letter.chat_id, letter.message_id) for letter in sent)
    accounts.holds(max(places.values(), default=0) <= 1, f"one message for two letters: {places.most_common(2)}")
    chats = dict(read.exec(select(Person.id, Person.account)).all())
    never: defaultdict[int, set[int]] = defaultdict(set)
    for letter in new:
        if letter.outcome != SENT:
            never[letter.chat_id or chats.get(letter.person_id or 0) or 0].add(letter.id)
    placed = {(letter.chat_id or 0, letter.message_id or 0): letter for letter in sent}
    _doubles(fleet, placed, never, accounts)


def _doubles(
    fleet: Fleet, placed: dict[tuple[int, int], Letter], never: Mapping[int, set[int]], accounts: Accounts
) -> None:
    """Excuse a second copy only where the first's answer was lost, or its sender died before its mark, once a death.

    A letter whose sender died so may no longer have been true when another took it up: it went once, and stands as
    one that never did (`never`, by chat), without its words.
    """
    taken = {(call.answer["chat"]["id"], call.answer["message_id"]): call
             for call in fleet.standin.calls if call.ok and call.method in _SENT}  # fmt: skip
    lost = [(letter.id, letter.kind) for place, letter in placed.items() if place not in taken]
    accounts.holds(not lost, f"letters marked as sent that Telegram never took: {lost}")
    by_words: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for place, letter in placed.items():
        if letter.text:
            by_words[place[0], letter.text].add(letter.id)
    died = {(death.at, letter_id) for death in fleet.deaths for letter_id in death.unmarked}
    for place, call in taken.items():
        words = call.answer.get("text", "")
        ids = by_words.get((place[0], words), set())
        if place in placed or not (ids or words.startswith(_DIGEST)):
            accounts.counted["messages" if place in placed else "answers"] += 1
            continue
        accounts.counted["doubles"] += 1
        if call.fault:
            accounts.counted["doubles, answer lost"] += 1
            continue
        of = _died_with(died, ids, call.at) or _died_with(died, never.get(place[0], set()), call.at)
        accounts.counted[f"doubles, sender died{'' if of and of[1] in ids else ', not true since'}"] += 1
        died.discard(of or (0.0, 0))
        accounts.holds(of, f"one of letters {ids} was sent twice to {place} without a reason, at {call.at:.2f}, deaths"
                           f" {[round(death.at, 2) for death in fleet.deaths]}; {_told(fleet, ids)}")  # fmt: skip


def _died_with(died: set[tuple[float, int]], ids: set[int], at: float) -> tuple[float, int] | None:
    """Find the first death after a moment that had one of these letters in hand."""
    return min(((death, each) for death, each in died if each in ids and at <= death), default=None)


def _told(fleet: Fleet, ids: set[int]) -> list[str]:
    """Give what the log tells of letters."""
    names = {f'"letter":{each},' for each in ids} | {f'"letter":{each}}}' for each in ids}
    return [line for line in fleet.log.splitlines() if any(name in line.replace(" ", "") for name in names)]


def _pace(fleet: Fleet, accounts: Accounts) -> None:
    """Count as the stand-in counts: of all that it took, nothing was too much, and it refused nothing by itself."""
    calls = list(fleet.standin.calls)
    for call in calls:
        if not call.ok and call.answer and call.answer["error_code"] == _TOO_MANY:
            accounts.counted["429s, injected" if call.fault == "429" else "429s, earned"] += 1
    accounts.counted["calls"] = len(calls)
    earned = [(call.method, call.values.get("chat_id"), call.answer["description"], round(call.at, 2))
              for call in calls if not call.ok and call.answer and call.answer["error_code"] == _TOO_MANY
              and call.fault != "429"]  # fmt: skip
    accounts.holds(not earned, f"calls beyond the pace: {earned[:10]}")
    accounts.wrong += _recounted([call for call in calls if call.ok])
    times = sorted(call.at for call in calls if call.ok and call.method in _SENT)
    first, fullest = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        fullest = max(fullest, last - first + 1)
    accounts.counted["messages in the fullest second"] = fullest


def _recounted(calls: list[Call]) -> list[str]:
    """Count once more by the stand-in's own limits, whatever it did itself."""
    now = 0.0
    pace, said = Pace(lambda: now, limits=LIMITS), []
    for call in calls:
        verb: Any = "edit" if call.method.startswith("edit") else _SENT.get(call.method)
        chat_id = call.values.get("chat_id")
        if verb is None or not isinstance(chat_id, int):
            continue
        now = call.at
        try:
            pace.spend(verb, chat_id, group=chat_id < 0)
        except Refused as refused:
            said.append(f"{call.method} to {chat_id} at {now:.2f}: {refused}")
    return said
