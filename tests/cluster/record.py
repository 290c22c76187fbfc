"""``PYTHONPATH=tests python -m cluster.record NAME…``: record the corpus anew, by a real cluster.

What is to be told of an observation stays as it is: tests/unit/test_kubernetes_diagnosis.py says
whether it still is. Without a name it lists what there is.
"""

from __future__ import annotations

import json
import sys
import time

from cluster.errors import ClusterError
from cluster.layout import HERE
from cluster.recording import ends, refusals, waiting
from cluster.recording.stage import stage, trimmed

CORPUS = HERE / "corpus"
RECIPES = {**waiting.RECIPES, **ends.RECIPES, **refusals.RECIPES}


def record(name: str) -> None:
    """Make one observation and write it down."""
    path = CORPUS / f"{name}.json"
    earlier = json.loads(path.read_text()) if path.exists() else {}
    with stage() as made:
        asks, seen, nodes = RECIPES[name](made)
        namespace = made.namespace
    entry = {
        "record": f"python -m cluster.record {name}",
        "asks": asks,
        "told": earlier.get("told", {}),
        "observed": trimmed(seen, namespace, times=asks == "cause_of_events"),
        **({"nodes": trimmed(nodes, namespace)} if nodes else {}),
    }
    path.write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n")


def main(names: list[str]) -> int:
    """Record each; give the exit status."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown or not names:
        print(f"Say which, or all of them: {' '.join(RECIPES)}", file=sys.stderr)
        return 1
    failed = 0
    for name in names:
        began = time.monotonic()
        try:
            record(name)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        except (ClusterError, AssertionError) as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
