"""How a peer takes turns with the project: lines of JSON over its standard streams."""

import json
import sys
from collections.abc import Callable
from typing import Any


def serve(facts: dict[str, Any], turn: Callable[[str], dict[str, Any]]) -> None:
    """Print `facts`, then, for each line that comes in, what `turn` makes of it; to the last."""
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        print(json.dumps(turn(line.strip())), flush=True)
