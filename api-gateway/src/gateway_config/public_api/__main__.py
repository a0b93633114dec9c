"""`python -m gateway_config.public_api`: print the OpenAPI document."""

from __future__ import annotations

import json
import sys

from gateway_config.public_api.document import public_api_document


def main() -> None:
    """Print it, in the form in which it is kept."""
    document = public_api_document()
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
