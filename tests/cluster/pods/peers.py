"""Runs in a pod: meet every other worker by name, both ways, and end with 0 when all were met.

Who the workers are comes from TF_CONFIG; without it from PEERS (names with commas between) and
JOB_COMPLETION_INDEX.
"""

import json
import os
import socket
import threading
import time

PORT = 2222
DEADLINE = time.monotonic() + 90


def workers():
    """The names of all, and which of them this is."""
    given = os.environ.get("TF_CONFIG")
    if given is None:
        return os.environ["PEERS"].split(","), int(os.environ["JOB_COMPLETION_INDEX"])
    print("TF_CONFIG", given, flush=True)
    told = json.loads(given)
    addresses = told["cluster"]["worker"]
    return [address.rsplit(":", 1)[0] for address in addresses], told["task"]["index"]


def meet(name, me):
    """Say who this is to a peer; its name may not resolve yet."""
    while True:
        try:
            with socket.create_connection((name, PORT), timeout=5) as connection:
                connection.sendall(b"%d\n" % me)
                return
        except OSError:
            if time.monotonic() > DEADLINE:
                raise
            time.sleep(0.2)


def hear(server, how_many):
    """Wait until as many peers said who they are."""
    server.settimeout(90)
    for _ in range(how_many):
        connection, _ = server.accept()
        with connection, connection.makefile() as lines:
            print("heard", lines.readline().strip(), flush=True)


def main():
    names, me = workers()
    with socket.create_server(("0.0.0.0", PORT)) as server:
        listener = threading.Thread(target=hear, args=(server, len(names) - 1))
        listener.start()
        for index, name in enumerate(names):
            if index != me:
                meet(name, me)
                print("met", name, flush=True)
        listener.join()


main()
