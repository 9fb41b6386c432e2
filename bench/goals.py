"""The goals, as ratios and counts taken inside one run: what is wanted, what was found, and whether that will do."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

Result = Mapping[str, Any]
Figures = Sequence[float] | None


@dataclass(frozen=True)
class Goal:
    """One goal: `gate` must hold, `aim` is worth striving for; `most` tells that less is better."""

    name: str
    says: str
    found: Callable[[Result], Figures]
    gate: float
    aim: float | None = None
    most: bool = False


@dataclass(frozen=True)
class Verdict:
    """What came of a goal: the figures of all rounds and whether their median passes; none where nothing was found."""

    goal: Goal
    figures: tuple[float, ...]
    passed: bool | None
    why: str = ""

    @property
    def line(self) -> str:
        """Say it in one line."""
        mark = {True: "green", False: "RED", None: "-"}[self.passed]
        sign = "≤" if self.goal.most else "≥"
        aim = f" (aim {self.goal.aim:g})" if self.goal.aim is not None else ""
        if not self.figures:
            return f"{mark:>5}  {self.goal.name:<5} {self.goal.says}: no figure{'; ' if self.why else ''}{self.why}"
        low, middle, high = min(self.figures), median(self.figures), max(self.figures)
        return (
            f"{mark:>5}  {self.goal.name:<5} {self.goal.says}: {middle:.3g} [{low:.3g}-{high:.3g}], "
            f"wanted {sign} {self.goal.gate:g}{aim}"
        )


def judged(goal: Goal, result: Result) -> Verdict:
    """Judge one goal; one that was not asked for in this suite is no fault, one without a good figure is."""
    if goal.name not in result["goals"]:
        return Verdict(goal, (), None)
    try:
        figures = goal.found(result)
    except (KeyError, TypeError, ZeroDivisionError) as fault:
        return Verdict(goal, (), passed=False, why=f"{type(fault).__name__}: {fault}")
    if not figures or any(math.isnan(figure) for figure in figures):
        return Verdict(goal, (), passed=False, why="; ".join(refusals(result)))
    value = median(figures)
    return Verdict(goal, tuple(figures), value <= goal.gate if goal.most else value >= goal.gate)


def refusals(result: Result) -> list[str]:
    """Collect why runs have no figure."""
    return [
        f"{figures['kind']}: {reason}"
        for turn in result.get("rounds", [])
        for figures in turn.values()
        for reason in figures["refused"]
    ]


def noisy(result: Result) -> bool:
    """Tell whether other programs used the cores, before the run or in one of its rounds."""
    before = result.get("meta", {}).get("load", [0.0])[0] > 1
    return before or any(figures["noisy"] for turn in result.get("rounds", []) for figures in turn.values())


def ratio(one: str, other: str, key: str = "rate") -> Callable[[Result], Figures]:
    """Give a ratio for each round; a round in which one of both was refused has none.

    Where others used the cores too, presses per second of the wall are theirs as well as ours: then presses per second
    of CPU count, which flatter whoever waits for round trips, and that is the bare bot.
    """

    def found(result: Result) -> Figures:
        ratios = []
        for turn in result["rounds"]:
            first, second = turn[one], turn[other]
            if first["refused"] or second["refused"]:
                return None
            noisy = first["noisy"] or second["noisy"]
            by = "core_rate" if key == "rate" and noisy else key
            ratios.append(first[by] / second[by])
        return ratios

    return found


def at(*path: str) -> Callable[[Result], Figures]:
    """Give the figure, or figures, at a place of the result."""

    def found(result: Result) -> Figures:
        value: Any = result
        for step in path:
            value = value[step]
        if value is None:
            return None
        return [float(each) for each in value] if isinstance(value, list) else [float(value)]

    return found


def counts(stretch: str, what: str) -> Callable[[Result], Figures]:
    """Give what one press has cost in a stretch in which the bot's hands were counted."""
    return at("counts", "stretches", stretch, what)


_OURS: Final = "duban"
GOALS: Final = (
    Goal("G1", "presses/s, full and durable : bare PTB as shipped", ratio(_OURS, "ptb"), 1.7, 2.8),
    Goal(
        "G2",
        "CPU per press : bare PTB on our requests",
        ratio(_OURS, "ptb-aiohttp-64", "cpu_ms"),
        1.9,
        1.1,
        most=True,
    ),
    Goal("G3a", "bare PTB on our requests : as shipped, in turn", ratio("ptb-aiohttp-64", "ptb"), 2.5, 3),
    Goal("G3b", "bare PTB on our requests : as shipped, 64 at once", ratio("ptb-aiohttp-64", "ptb-httpx-64"), 5),
    Goal("G4a", "presses/s at a round trip of 50 ms : bare PTB in turn", at("delayed", "ratio"), 100),
    Goal(
        "G4b", "ms to the answer beyond the way of 25 there, webhook, p99", at("delayed", "answer_p99"), 10, most=True
    ),
    Goal("G4c", "ms to the edit beyond a round trip of 50, webhook, p99", at("delayed", "edit_p99"), 65, 10, most=True),
    Goal("G5a", "commits per press in a burst of 64", counts("burst", "commits"), 0.2, 0.1, most=True),
    Goal("G5b", "fsyncs per press in a burst of 64", counts("burst", "fsyncs"), 0.2, 0.1, most=True),
    Goal("G5c", "commits per press, round trip 50 ms, 64 at once", counts("delayed", "commits"), 0.3, most=True),
    Goal("G5d", "commits per press at a steady rate", counts("steady", "commits"), 2.3, 1.2, most=True),
    Goal("G5e", "presses lost, doubled or left open over kill -9", at("killed", "wrong"), 0, most=True),
    Goal(
        "G5f",
        "presses lost or doubled where updates come twice and answers late",
        at("troubled", "wrong"),
        0,
        most=True,
    ),
    Goal(
        "G5g", "synchronous, on the live connections that write: 2 is FULL", at("counts", "pragmas", "synchronous"), 2
    ),
    Goal("G6a", "look for what is due, 1 M open cases : 10 k", at("sweep", "ratio"), 1.5, 1.1, most=True),
    Goal("G6b", "it uses the partial index", at("sweep", "indexed"), 1),
    Goal("G6c", "ms of CPU of a tick with nothing to do, 1 M open cases", at("sweep", "idle_ms"), 0.2, most=True),
    Goal("G6d", "MiB that sweeping takes", at("sweep", "grown_mib"), 1, most=True),
    Goal("G7a", "broadcast: share of 30 messages/s", at("broadcast", "share"), 0.98),
    Goal("G7b", "broadcast: most messages in any second", at("broadcast", "most_second"), 31, most=True),
    Goal("G7c", "broadcast: most messages to a chat in any second", at("broadcast", "most_chat"), 1, most=True),
    Goal(
        "G7d", "broadcast: presses' ms to the edit beyond a round trip, p99", at("broadcast", "edit_p99"), 67, most=True
    ),
    Goal("G8a", "429 of one chat: p99 of all others : before", at("refused", "others"), 1.2, most=True),
    Goal("G8b", "429 of one chat: calls to it before its time", at("refused", "early"), 0, most=True),
    Goal("G8c", "429 of one chat: its edit came in the end", at("refused", "came"), 1),
    Goal("G8d", "429 of all: calls while it lasts", at("refused", "calls_to_all"), 10, most=True),
    Goal("G9a", "ms to write 3,000 letters", at("enqueue", "ms"), 50, most=True),
    Goal("G9b", "ms that the event loop stands meanwhile, at most", at("enqueue", "stall_ms"), 20, most=True),
    Goal("G10a", "start to first answer : bare PTB", at("start", "ratio"), 2.5, 2.15, most=True),
    Goal("G10b", "memory at rest : bare PTB", at("start", "rss_ratio"), 2, 1.7, most=True),
    Goal("G11a", "start with 1 M open cases : with 10 k", at("grown", "start_ratio"), 1.2, most=True),
    Goal("G11b", "MiB more at rest with 1 M open cases", at("grown", "rss_mib"), 5, most=True),
    Goal("G12", "presses/s, full and durable : bare aiogram", ratio(_OURS, "aiogram"), 1.1, 1.8),
    Goal("I1", "seconds to import 10,000 rows", at("import", "seconds"), 10, most=True),
    Goal("R1", "presses/s of two replicas on PostgreSQL, on one core : of one", at("replicas", "ratio"), 0.5),
    Goal("M1", "MiB grown over the updates after the first tenth", at("memory", "grown_mib"), 5, most=True),
)


def verdicts(result: Result) -> list[Verdict]:
    """Judge every goal that this suite asked for."""
    return [verdict for goal in GOALS if (verdict := judged(goal, result)).passed is not None]
