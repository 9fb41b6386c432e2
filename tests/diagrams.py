"""The README's state diagrams, written from the one table: `python -m tests.diagrams` brings them up to date."""

import re
from collections import defaultdict
from pathlib import Path

from handlers.tongue import Tongue
from storage.rules.stages import TABLE, Stage, Step

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- states: begin -->", "<!-- states: end -->"
TITLES = {
    Stage.REGISTERED: "The case (件)",
    Stage.AWAITING_RECEIPT: "A unit's part (承办单位)",
    Stage.AWAITING_SIGNATURE: "A unit's request: return or extension (退办、延期)",
    Stage.CLAIMED: "A contact (沟通)",
    Stage.DRAWN: "The opinion form (征询意见表)",
    Stage.TO_AGREE: "A conference (会商)",
    Stage.DRAFTED: "An urge or supervision slip (催办单、督办单)",
}


def written() -> str:
    """Write every machine as a Mermaid state diagram."""
    return "\n\n".join(_diagram(title, steps) for title, steps in _machines())


def _machines() -> list[tuple[str, list[Step]]]:
    """Part the table into its machines: what hangs together."""
    found: list[tuple[str, list[Step]]] = []
    for start, title in TITLES.items():
        reached, steps = {start}, []
        while more := [step for step in TABLE if step.source in reached and step not in steps]:
            steps += more
            reached |= {step.target for step in more}
        found.append((title, [step for step in TABLE if step in steps]))
    return found


def _diagram(title: str, steps: list[Step]) -> str:
    """Write one machine: an arrow for each pair of stages, labelled with what leads along it and who may."""
    english, chinese = Tongue("en"), Tongue("zh_CN")
    arrows: dict[tuple[Stage, Stage], list[str]] = defaultdict(list)
    for step in steps:
        who = "、".join(sorted(chinese.term(standing) for standing in step.standings)) or "时钟"
        label = f"{chinese.term(step.act)}（{who}）"
        if label not in arrows[step.source, step.target]:
            arrows[step.source, step.target].append(label)
    stages = dict.fromkeys(stage for pair in arrows for stage in pair)
    names = [f'    state "{chinese.term(stage)} · {english.term(stage)}" as {stage.value}' for stage in stages]
    lines = [
        f"    {source.value} --> {target.value}: {' / '.join(labels)}" for (source, target), labels in arrows.items()
    ]
    return "\n".join((f"**{title}**", "", "```mermaid", "stateDiagram-v2", *names, *lines, "```"))


def renewed(readme: str) -> str:
    """Put the diagrams of today into a README."""
    return re.sub(rf"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n\n{written()}\n\n{END}", readme, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
