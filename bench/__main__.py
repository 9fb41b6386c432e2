"""`python -m bench run SUITE`, `compare FILE…`, `negative`, `profile`: figures, and an exit code by the goals."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import click

from bench import goals, negative, profiling, suites


@click.group()
def main() -> None:
    """Measure the bot against the same press written the usual way."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who stops the bench stops what it has started


@main.command()
@click.argument("suite", type=click.Choice(list(suites.SUITES)))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the result goes, as JSON.")
def run(suite: str, out: Path | None) -> None:
    """Run a suite; exit 1 if one of its goals is missed."""
    result = asyncio.run(suites.run(suite, click.echo))
    target = out or Path("var") / "bench" / f"{suite}-{result['meta']['at'].replace(':', '')}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(f"the result is in {target}")
    sys.exit(_judge(result))


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def compare(files: tuple[Path, ...]) -> None:
    """Judge results that were kept; exit 1 if a goal is missed in any of them."""
    codes = []
    for file in files:
        click.echo(str(file))
        codes.append(_judge(json.loads(file.read_text(encoding="utf-8"))))
    sys.exit(max(codes))


@main.command("negative")
def negative_() -> None:
    """Bring about what the goals are to catch; exit 1 if one of them stays green."""
    sys.exit(not asyncio.run(negative.run(click.echo)))


@main.command()
@click.option("--presses", default=300, show_default=True, help="How many presses are sampled.")
def profile(presses: int) -> None:
    """Show where the CPU of one press goes: layers, own functions, statements."""
    click.echo(asyncio.run(profiling.run(presses)))


def _judge(result: dict[str, Any]) -> int:
    """Print the verdicts; give the exit code."""
    found = goals.verdicts(result)
    for verdict in found:
        click.echo(verdict.line)
    if goals.noisy(result):
        click.echo(
            "others used the cores meanwhile: ratios by CPU hold, rates and latencies are theirs as well as ours"
        )
    for scan in result.get("counts", {}).get("scans", []):
        click.echo(f"      a whole table is walked: {scan}")
    return int(not found or not all(verdict.passed for verdict in found))


if __name__ == "__main__":
    main(prog_name="python -m bench")
