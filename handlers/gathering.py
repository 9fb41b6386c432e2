"""A step that gathers words and files over several messages: clients cut long words in parts and an album in files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.dialogues import Again, Facts, Option, Question, Said, Scene, Step
from handlers.pages import Block, Text
from handlers.tongue import N_
from storage.rules.refusals import Refused

LIMIT = 20_000  # characters in all; a longer text is a file
FILES = 10
_DONE, _ANEW, _SKIP, _FORMER = "ok", "0", "-", "old"
_EMPTY: Facts = {"words": "", "files": []}

Gathered = tuple[str, list[int]]


@dataclass(frozen=True)
class Gathering:
    """What is asked for until `done` (a label) is pressed.

    Without `typed`, files alone are taken. `skip` is the label of a button to go on with nothing; `above` words what
    stands over the question, `former` offers what was handed in before, `check` refuses what is gathered.
    """

    name: str
    msgid: str
    done: str
    typed: bool = True
    skip: str = ""
    above: Callable[[Scene], tuple[Block, ...]] = lambda _scene: ()
    former: Callable[[Scene], Gathered | None] = lambda _scene: None
    check: Callable[[Scene, Facts], None] = lambda _scene, _gathered: None

    def step(self) -> Step:
        """Make the step; its value is `{"words": str, "files": [file ids]}`."""
        return Step(self.name, self.ask, self.take, files=True)

    def ask(self, scene: Scene) -> Question:
        """Ask, and say how much there is already."""
        held = self._held(scene)
        blocks: tuple[Block, ...] = (*self.above(scene), Text(scene.say(self.msgid)))
        if held:
            count = {"count": len(held["words"]), "files": len(held["files"])}
            said = N_("So far: %(count)d characters, %(files)d files. What you send now is added to it.")
            blocks = (*blocks, Text(scene.say(said, **count)))
        return Question(blocks, self._options(scene), typed=True)

    def _options(self, scene: Scene) -> tuple[Option, ...]:
        """Offer to go on, or to begin with something else than a message."""
        if self._held(scene):
            return Option(_DONE, scene.say(self.done), "success"), Option(_ANEW, scene.say(N_("Begin anew")))
        offered = [Option(_SKIP, scene.say(self.skip))] if self.skip else []
        if self.former(scene) is not None:
            offered.append(Option(_FORMER, scene.say(N_("Go on from the last draft"))))
        return tuple(offered)

    def take(self, scene: Scene, said: Said) -> Any:
        """Add a message to what there is, or take what there is as all of it."""
        held = self._held(scene)
        if not said.key:
            return Again(self._added(held or _EMPTY, said))
        if said.key == _ANEW:
            return Again(_EMPTY)
        if said.key == _SKIP and self.skip:
            return _EMPTY
        if said.key == _FORMER:
            words, files = self.former(scene) or ("", [])
            return Again({"words": words, "files": files})
        if held is None:
            raise Refused(N_("An empty message says nothing; please type your answer"))
        self.check(scene, held)
        return held

    def _held(self, scene: Scene) -> Facts | None:
        """Give what has been gathered, unless that is nothing."""
        value: Facts | None = scene.facts.get(self.name)
        return value if value and (value["words"] or value["files"]) else None

    def _added(self, held: Facts, said: Said) -> Facts:
        """Put a message to what was gathered before, or refuse what does not fit."""
        if not self.typed and not said.files:
            raise Refused(N_("Please send a file here, or press a button; what you have sent so far is kept"))
        if not said.words and not said.files:
            raise Refused(N_("An empty message says nothing; please type your answer"))
        words = "\n".join(filter(None, (held["words"], said.words if self.typed else "")))
        files = [*held["files"], *said.files]
        if len(words) > LIMIT:
            raise Refused(
                N_("That would be %(count)d characters, at most %(limit)d fit here; please send the text as a file"),
                {"count": len(words), "limit": LIMIT},
            )
        if len(files) > FILES:
            raise Refused(N_("At most %(limit)d files fit here; please put them together"), {"limit": FILES})
        return {"words": words, "files": files}
