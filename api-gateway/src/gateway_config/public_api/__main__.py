"""`python -m gateway_config.public_api document|requests`: print the one or the other.

`document` is the OpenAPI document, `requests` the HTTP file that walks the scenarios.
"""

from __future__ import annotations

import argparse
import json
import sys

from gateway_config.public_api.document import public_api_document
from gateway_config.public_api.http_file import http_file


def main() -> None:
    """Print it, in the form in which it is kept."""
    parser = argparse.ArgumentParser(prog="python -m gateway_config.public_api")
    parser.add_argument("what", choices=["document", "requests"])
    document = public_api_document()
    if parser.parse_args().what == "requests":
        sys.stdout.write(http_file(document))
    else:
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
