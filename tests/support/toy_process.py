"""A process for the tests of the local stack, run as a script.

It answers its port with what it is: pid, and the environment that it was given. The
word in TOY says how it behaves.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONG_S = 600


class WhoAmI(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"pid": os.getpid(), "env": dict(os.environ)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def main(behaviour: str) -> None:
    sys.stdout.write(f"toy starts: {behaviour}\n")
    sys.stdout.flush()
    if behaviour == "dies":
        sys.exit("toy cannot start: the moon is full")
    if behaviour == "never ready":
        time.sleep(LONG_S)
    if behaviour == "stubborn":
        # Deaf, and with a child that even leads a session of its own.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(
            [sys.executable, "-c", f"import time; time.sleep({LONG_S})"],
            start_new_session=True,
        )
    address = ("127.0.0.1", int(os.environ["PORT"]))
    ThreadingHTTPServer(address, WhoAmI).serve_forever()


if __name__ == "__main__":
    main(os.environ["TOY"])
