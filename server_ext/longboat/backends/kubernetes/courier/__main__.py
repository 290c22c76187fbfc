"""The courier as a process of its own."""

from __future__ import annotations

from longboat.backends.kubernetes.courier.process import main

main()
