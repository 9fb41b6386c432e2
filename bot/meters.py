"""What the house measures of itself, for Prometheus; every set of labels is fixed here and small."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot import traces
from storage.outbox import Posted
from storage.queries.depths import Depths, Late

__all__ = ["CONTENT_TYPE_LATEST", "Meters", "generate_latest"]
_METHODS: Final = frozenset(
    {"sendMessage", "sendDocument", "sendPhoto", "editMessageText", "editMessageReplyMarkup", "deleteMessage"}
    | {"answerCallbackQuery", "getMe", "getFile", "setMyCommands", "setWebhook", "deleteWebhook", "getWebhookInfo"}
)
_POLL: Final = "getUpdates"  # held by Telegram for half a minute: no measure of its speed
_ANSWER: Final = "answerCallbackQuery"
_URGENCIES: Final = ((1, "answer"), (3, "act"), (4, "edit"), (6, "clock"))  # the rest is broadcast
_REFUSALS: Final = {400: "bad_request", 401: "token", 403: "forbidden", 404: "token", 409: "conflict", 429: "flood"}
_FLOORS: Final = frozenset({"bot", "handlers", "storage"})
TAKEN_OVER: Final = ("updates", "letters", "polling", "pace")  # chats of updates, letters, the asking, chats' pace
_SHORT: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400)
_REMEMBERED: Final = 10_000  # updates that have arrived and are not begun yet
_GOOD, _SERVER = 200, 500


@dataclass(frozen=True)
class Hooked:
    """What Telegram says of the webhook; `deaf` where updates have waited at two looks and it could not bring them."""

    ours: bool = True
    pending: int = 0
    failed_at: datetime | None = None
    deaf: bool = False


class Meters:
    """Counters and histograms of one running house, and when each of its parts was last alive (in pulse seconds)."""

    def __init__(self, pulse: Callable[[], float] = time.monotonic) -> None:
        self._pulse = pulse
        self._arrived: OrderedDict[int, float] = OrderedDict()
        self.born = self.heard_at = self.polled_at = self.ticked_at = self.audited_at = pulse()
        self.stood_by_at = float("-inf")
        self.registry = made = CollectorRegistry()
        ProcessCollector(registry=made)
        PlatformCollector(registry=made)
        self._answers = _histogram(made, "press_answer_seconds", "from a press's arrival to its answer", _SHORT)
        self._dwell = _histogram(made, "letter_dwell_seconds", "from due to Telegram", _LONG, "urgency")
        self._calls = _histogram(made, "telegram_call_seconds", "a call to Telegram", _SHORT, "method")
        # prometheus_client looks a child up under a lock, by a tuple of words made anew each time.
        self._stay, self._call = cache(self._dwell.labels), cache(self._calls.labels)
        self._errors = Counter("duban_telegram_errors", "calls that Telegram refused or lost", ["kind"], registry=made)
        self._records = Counter("duban_log_records", "warnings and errors logged", ["level", "floor"], registry=made)
        self._takeovers = Counter("duban_leases_taken_over", "taken from dead replicas", ["what"], registry=made)
        for what in TAKEN_OVER:
            self._takeovers.labels(what)
        self._ticks = _histogram(made, "tick_seconds", "one tick, all its slices", _LONG)
        self._lateness = _histogram(made, "tick_lateness_seconds", "how late a tick began", _LONG)
        self._failed_ticks = Counter("duban_tick_failures", "ticks that failed", registry=made)
        self._audited = _gauge(made, "auditor_last_run_timestamp_seconds", "when the auditor last ran")
        self._late = _gauge(made, "late", "what should have happened and has not", "what")
        self._waiting = _gauge(made, "waiting", "what waits now", "what")
        self._oldest = _gauge(made, "oldest_seconds", "the age of what waits longest", "what")
        self.hooked, self.hooked_at = Hooked(), self.born
        self._hook_ours = _gauge(made, "webhook_ours", "whether Telegram calls our address: 1 or 0; webhook mode only")
        self._hook_pending = _gauge(made, "webhook_pending_updates", "updates that Telegram has yet to bring")
        self._hook_failed = _gauge(made, "webhook_last_error_timestamp_seconds", "when it last could not; 0: never")
        self._commits = Counter("duban_commits", "commits of the book", registry=made)
        self._committed = 0
        self.tally = _Tally(self._records)

    # what is told by those who work

    def called(self, method: str, seconds: float, status: int | None) -> None:
        """Note a call to Telegram: its method, its time, and its HTTP status or none where no answer came."""
        if status is not None and status < _SERVER and _REFUSALS.get(status) != "token":
            self.heard_at = self._pulse()
            if method == _POLL and status == _GOOD:
                self.polled_at = self.heard_at
        if status != _GOOD:
            self._errors.labels(_kind(status)).inc()
        if method != _POLL:
            self._call(method if method in _METHODS else "other").observe(seconds)
        began = traces.arrived()
        if method == _ANSWER and began is not None:
            self._answers.observe(max(self._pulse() - began, 0))

    def stood_by(self) -> None:
        """Note that another replica asks Telegram for updates: this one does its duty by being ready to."""
        self.stood_by_at = self._pulse()

    def arrived(self, update_id: int) -> None:
        """Note that an update has arrived."""
        self._arrived[update_id] = self._pulse()
        if len(self._arrived) > _REMEMBERED:
            self._arrived.popitem(last=False)

    def begun(self, update_id: int) -> None:
        """Have what follows in this task count as this update's."""
        traces.begin(update_id, self._arrived.pop(update_id, self._pulse()))

    def sent(self, letter: Posted, at: datetime) -> None:
        """Note that a letter has reached Telegram, at a moment of the office's clock."""
        due = letter.not_before or letter.created_at
        self._stay(_urgency(letter.priority)).observe(max((at - due).total_seconds(), 0))

    def taken_over(self, what: str, count: int) -> None:
        """Note so much of what another replica had in hand when its lease ran out, by what it is."""
        self._takeovers.labels(what).inc(count)

    def progressed(self) -> None:
        """Note that a slice of a tick is done: a long morning is no silence."""
        self.ticked_at = self._pulse()

    @contextmanager
    def ticking(self, due_after: float | None) -> Iterator[None]:
        """Measure a tick that was due so many seconds after the one before."""
        began = self._pulse()
        if due_after is not None:
            self._lateness.observe(max(began - self.ticked_at - due_after, 0))
        try:
            yield
        except BaseException:
            self._failed_ticks.inc()
            raise
        self.progressed()
        self._ticks.observe(self._pulse() - began)

    def audited(self, late: Late, at: float) -> None:
        """Note what the auditor found, at a moment in seconds since 1970."""
        self.audited_at = self._pulse()
        self._audited.set(at)
        found = {"dues": late.dues, "morning": int(late.morning), "letters": late.letters, "updates": late.updates}
        for what, count in (found | {"record": late.unsequenced}).items():
            self._late.labels(what).set(count)

    def hooked_as(self, found: Hooked) -> None:
        """Note what Telegram says of the webhook."""
        self.hooked, self.hooked_at = found, self._pulse()
        self._hook_ours.set(found.ours)
        self._hook_pending.set(found.pending)
        self._hook_failed.set(found.failed_at.timestamp() if found.failed_at else 0)

    # what is asked for

    def exposed(self, depths: Depths | None, commits: int) -> bytes:
        """Give everything in Prometheus's text form; without depths where the book cannot be read."""
        self._commits.inc(max(commits - self._committed, 0))
        self._committed = commits
        self._waiting.clear()
        self._oldest.clear()
        if depths is not None:
            self._expose(depths)
        return generate_latest(self.registry)

    def _expose(self, depths: Depths) -> None:
        """Show what waits."""
        counts = {
            "inbox": depths.inbox,
            "inbox_failed": depths.inbox_failed,
            "outbox_due": depths.outbox_due,
            "outbox_later": depths.outbox_later,
            "dead_letters": depths.dead_letters,
            "unreachable_people": depths.unreachable,
            "record": depths.unsequenced,
        }
        for what, count in counts.items():
            self._waiting.labels(what).set(count)
        self._oldest.labels("inbox").set(depths.inbox_oldest)
        self._oldest.labels("outbox_due").set(depths.outbox_oldest)


class _Tally(logging.Handler):
    """Counts what is logged, by level and floor."""

    def __init__(self, records: Counter) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        floor = record.name.partition(".")[0]
        level = "error" if record.levelno >= logging.ERROR else "warning"
        self._records.labels(level, floor if floor in _FLOORS else "library").inc()


def _kind(status: int | None) -> str:
    """Name what went wrong with a call."""
    if status is None:
        return "network"
    return _REFUSALS.get(status, "server" if status >= _SERVER else "other")


def _urgency(priority: int) -> str:
    """Name a letter's place in the queue."""
    return next((name for most, name in _URGENCIES if priority <= most), "broadcast")


def _histogram(made: CollectorRegistry, name: str, said: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    """Make a histogram of seconds."""
    return Histogram(f"duban_{name}", said, labels, buckets=buckets, registry=made)


def _gauge(made: CollectorRegistry, name: str, said: str, *labels: str) -> Gauge:
    """Make a figure that goes up and down."""
    return Gauge(f"duban_{name}", said, labels, registry=made)
