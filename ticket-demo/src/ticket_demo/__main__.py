"""`python -m ticket_demo`: the story of TicketRemaster, told on a running stack."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from local_stack import PortMode, StackError
from ticket_demo.api import Api, NoAnswer
from ticket_demo.cast import DEMO_PASSWORD
from ticket_demo.chapters import CHAPTERS
from ticket_demo.closing import say_where, say_where_inside, summarise
from ticket_demo.narrator import Narrator, StoryBroke
from ticket_demo.stage import Stage
from ticket_demo.story import Story


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell the story; 0 when all of it went as it should."""
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(sys.stdout, "reconfigure"):
        # A terminal that knows no arrows shows question marks, and no traceback.
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    options = _parser().parse_args(arguments)
    narrator = Narrator()
    try:
        _run(options, narrator)
    except (StoryBroke, NoAnswer, StackError, LookupError) as error:
        name = type(error).__name__
        narrator.console.print()
        narrator.console.print(f"The story broke off ({name}): {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        narrator.console.print("interrupted")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ticket_demo", description=__doc__)
    parser.add_argument(
        "--base-url",
        type=_address,
        help="a gateway that is up already; without it, a stack is started here, "
        "with short holds, and left up at the end",
    )
    parser.add_argument("--name", default="dev", help="the stack (default: dev)")
    parser.add_argument(
        "--ports",
        type=PortMode,
        choices=list(PortMode),
        default=PortMode.PREFER,
        help="prefer: the usual ports, others where those are taken (default)",
    )
    parser.add_argument(
        "--password",
        default=os.environ.get("DEMO_PASSWORD", DEMO_PASSWORD),
        help="of the demo accounts, when DEMO_PASSWORD was set for their stack",
    )
    return parser


def _address(text: str) -> str:
    try:
        return Api(text).base_url
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(options: argparse.Namespace, narrator: Narrator) -> None:
    if options.base_url:
        story = Story(Api(options.base_url), narrator, options.password)
        _tell(story)
        return
    stage = Stage(options.name, options.ports)
    narrator.say(f"Starting the stack “{options.name}” …", "bold")
    api = stage.open(narrator.say)
    try:
        _tell(Story(api, narrator, options.password, stage))
    finally:
        stage.mend()
    say_where_inside(narrator, stage)


def _tell(story: Story) -> None:
    told: list[tuple[str, float]] = []
    left_out: list[str] = []
    for chapter in CHAPTERS:
        if chapter.needs_own_stack and story.stage is None:
            left_out.append(chapter.title)
            continue
        began = time.monotonic()
        story.narrator.chapter(len(told) + 1, chapter.title, chapter.why)
        chapter.tell(story)
        told.append((chapter.title, time.monotonic() - began))
    if left_out:
        titles = ", ".join(f"“{title}”" for title in left_out)
        story.narrator.say(
            f"Left out, because this stack is not ours: {titles}.", "dim"
        )
    summarise(story.narrator, told)
    say_where(story.narrator, story.api, story.password)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
