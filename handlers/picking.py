"""Choosing from a long list: ticks or one choice, eight a page, and a name typed finds what it names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.dialogues import Again, Facts, Option, Question, Said, Scene, Step
from handlers.pages import Block, Text
from handlers.papers import cells
from handlers.tongue import N_
from storage.rules.refusals import Refused

SIZE = 8  # telegram.md 2.3: eight rows a page
DONE, MORE, ALL, NONE = "ok", "more", "all", "none"


@dataclass(frozen=True)
class Choice:
    """One of a list: `label` stands on its button, `name` is what one types."""

    id: int
    name: str
    label: str = ""


Choices = Callable[[Scene], Sequence[Choice]]


def none_first(_scene: Scene) -> list[int]:
    """Begin with nothing chosen."""
    return []


def several(
    name: str,
    blocks: Callable[[Scene], tuple[Block, ...]],
    choices: Choices,
    *,
    first: Callable[[Scene], list[int]] = none_first,
    none: str = "",
    when: Callable[[Facts], bool] = lambda _facts: True,
) -> Step:
    """Ask for several; `first` are ticked from the start and stand at the top, `none` is the label for none at all.

    The value is `{"ids": [chosen], "page": int, "found": [what typed words narrowed the list to]}`.
    """

    def state(scene: Scene) -> dict[str, Any]:
        kept: dict[str, Any] | None = scene.facts.get(name)
        return dict(kept) if kept else {"ids": first(scene), "page": 0, "found": []}

    def ask(scene: Scene) -> Question:
        now, all_of = state(scene), _ordered(choices(scene), first(scene))
        options = [_ticked(choice, now["ids"]) for choice in _shown(all_of, now)]
        options += _ways(scene, all_of, now)
        if now["ids"]:
            options.append(Option(DONE, scene.say(N_("Done choosing")), "success"))
        elif none:
            options.append(Option(NONE, scene.say(none)))
        return Question((*blocks(scene), _hint(scene)), tuple(options), 2, typed=True)

    def take(scene: Scene, said: Said) -> Any:
        now, all_of = state(scene), _ordered(choices(scene), first(scene))
        key = _key(scene, said, none)
        if key in (DONE, NONE):
            ids = [choice.id for choice in all_of if choice.id in now["ids"]] if key == DONE else []
            if key == DONE and not ids:
                raise Refused(N_("Nothing is chosen yet"))
            return {"ids": ids, "page": 0, "found": []}
        if key in (MORE, ALL):
            return Again(_turned(now, key))
        if key:
            chosen = _pressed(all_of, key)
            ids = [each for each in now["ids"] if each != chosen.id]
            return Again({**now, "ids": ids if chosen.id in now["ids"] else [*now["ids"], chosen.id]})
        hits, near = _typed(all_of, said.words)
        ids = [*now["ids"], *(hit.id for hit in hits if hit.id not in now["ids"])]
        return Again({"ids": ids, "page": 0, "found": [choice.id for choice in near]})

    return Step(name, ask, take, when)


def one(
    name: str,
    blocks: Callable[[Scene], tuple[Block, ...]],
    choices: Choices,
    *,
    first: Callable[[Scene], list[int]] = none_first,
    none: str = "",
    when: Callable[[Facts], bool] = lambda _facts: True,
) -> Step:
    """Ask for one of a list; the value is `{"id": int or None, "page": int, "found": [ids]}`."""

    def state(scene: Scene) -> dict[str, Any]:
        kept: dict[str, Any] | None = scene.facts.get(name)
        return dict(kept) if kept else {"id": None, "page": 0, "found": []}

    def ask(scene: Scene) -> Question:
        now, all_of = state(scene), _ordered(choices(scene), first(scene))
        options = [_ticked(choice, []) for choice in _shown(all_of, now)] + _ways(scene, all_of, now)
        if none:
            options.append(Option(NONE, scene.say(none)))
        return Question((*blocks(scene), _hint(scene)), tuple(options), 2, typed=True)

    def take(scene: Scene, said: Said) -> Any:
        now, all_of = state(scene), _ordered(choices(scene), first(scene))
        key = _key(scene, said, none)
        if none and key == NONE:
            return {"id": None, "page": 0, "found": []}
        if key in (MORE, ALL):
            return Again(_turned(now, key))
        if key:
            return {"id": _pressed(all_of, key).id, "page": 0, "found": []}
        hits, near = _typed(all_of, said.words)
        if len(hits) == 1 and not near:
            return {"id": hits[0].id, "page": 0, "found": []}
        return Again({"id": None, "page": 0, "found": [choice.id for choice in (*hits, *near)]})

    return Step(name, ask, take, when)


def _key(scene: Scene, said: Said, none: str) -> str:
    """Give the key that was pressed, or whose label was typed."""
    typed = {scene.say(N_("Done choosing")): DONE, scene.say(N_("Show all")): ALL}
    if none:
        typed[scene.say(none)] = NONE
    return said.key or typed.get(said.words, "")


def _hint(scene: Scene) -> Block:
    """Say that a name may be typed."""
    return Text(scene.say(N_("You can also type a name, or a part of it.")))


def _ordered(choices: Sequence[Choice], first: Sequence[int]) -> list[Choice]:
    """Put what was proposed at the top, in its own order."""
    place = {each: at for at, each in enumerate(first)}
    return sorted(choices, key=lambda choice: place.get(choice.id, len(place)))


def _shown(all_of: Sequence[Choice], now: dict[str, Any]) -> Sequence[Choice]:
    """Give the page that stands: of what was found by typing, else of all."""
    if now["found"]:
        return [choice for choice in all_of if choice.id in now["found"]][:SIZE]
    at = now["page"] % max(_pages(all_of), 1) * SIZE
    return all_of[at : at + SIZE]


def _pages(all_of: Sequence[Choice]) -> int:
    """Give how many pages a list has."""
    return -(-len(all_of) // SIZE)


def _ways(scene: Scene, all_of: Sequence[Choice], now: dict[str, Any]) -> list[Option]:
    """Offer the next page, or the way back from what was found to all."""
    if now["found"]:
        return [Option(ALL, scene.say(N_("Show all")))]
    pages = _pages(all_of)
    if pages <= 1:
        return []
    place = now["page"] % pages + 1
    return [Option(MORE, scene.say(N_("More (%(place)d/%(count)d)"), place=place, count=pages))]


def _turned(now: dict[str, Any], key: str) -> dict[str, Any]:
    """Turn the page, or leave what was found."""
    return {**now, "found": [], "page": now["page"] + 1 if key == MORE else 0}


def _ticked(choice: Choice, ids: Sequence[int]) -> Option:
    """Make an option, with its tick where it is chosen."""
    words = choice.label or choice.name
    return Option(f"u{choice.id}", f"✓ {words}" if choice.id in ids else words)


def _pressed(all_of: Sequence[Choice], key: str) -> Choice:
    """Find what was pressed."""
    found = next((choice for choice in all_of if key == f"u{choice.id}"), None)
    if found is None:
        raise Refused(N_("This is no longer on the list; please choose again"))
    return found


def _typed(all_of: Sequence[Choice], words: str) -> tuple[list[Choice], list[Choice]]:
    """Give what typed names name exactly, and what they are a part of where that is more than one."""
    hits: list[Choice] = []
    near: list[Choice] = []
    for part in cells.parts(words):
        exact = [choice for choice in all_of if part in (choice.name, choice.label)]
        close = exact or [choice for choice in all_of if part in choice.name]
        if not close:
            raise Refused(N_("Nothing on the list is called “%(name)s”; nothing was changed"), {"name": part[:40]})
        if len(close) == 1:
            hits += close
        else:
            near += close
    if not hits and not near:
        raise Refused(N_("Please press one of the buttons; nothing was lost"))
    return hits, near
