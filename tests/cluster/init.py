"""The first process of the cluster's machine: it collects the orphans, and ends with the machine.

When it is killed, the kernel kills every process of its pid namespace: the cluster cannot outlive
it.
"""

from __future__ import annotations

import contextlib
import os
import signal


def main() -> None:
    """Collect children for ever."""
    while True:
        signal.sigwait({signal.SIGCHLD})
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    main()
