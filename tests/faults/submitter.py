"""A process that submits or deploys and then waits: ``submitter.py HOME ORDER``, JSON in ORDER."""

from __future__ import annotations

import json
import sys

from longboat.api import Client


def main() -> None:
    client, order = Client(sys.argv[1]), json.loads(sys.argv[2])
    if "deploy" in order:
        client.deploy(order["deploy"], wait=True)
        return
    job = client.submit(order.pop("entry"), **order)
    print(job.id, flush=True)
    job.wait()


main()
