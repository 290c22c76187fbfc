"""``make bench``: every figure with its goal and its peer, measured in one run; gates nothing."""

from __future__ import annotations

import os
import sys

from benchmarks import cluster, digits, lab, latency, volume
from benchmarks.measure import HEADER, row

SUITES = {
    "latency": latency.figures,
    "volume": volume.figures,
    "digits": digits.figures,
    "lab": lab.figures,
    "cluster": cluster.figures,
}


def main() -> None:
    """Run the suites named on the command line, else all."""
    # It doubles every import, of peers and of ours.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(HEADER, flush=True)
    for name in sys.argv[1:] or SUITES:
        for figure in SUITES[name]():
            print(row(figure), flush=True)


if __name__ == "__main__":
    main()
