"""The protocol between a peer and the project: lines of JSON on the standard streams."""

import json
import sys
from collections.abc import Callable
from typing import Any


def serve(properties: dict[str, Any], answer: Callable[[str], dict[str, Any]]) -> None:
    """Print the properties, then the answer to each line of standard input, until it ends.

    Args:
        properties: JSON object that describes the script.
        answer: Function from a line to a JSON object.
    """
    print(json.dumps(properties), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line.strip())), flush=True)
