"""localstripe, as this stack runs it: on 127.0.0.1, with its memory to itself.

Its own command listens on every address and keeps its objects in one file of the
machine, which two stacks would share.
"""

import argparse

from aiohttp import web
from localstripe.resources import store
from localstripe.server import app

from local_stack.ports import HOST


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    store.dump_to_disk = lambda: None
    web.run_app(app, host=HOST, port=options.port, print=None)


if __name__ == "__main__":
    main()
