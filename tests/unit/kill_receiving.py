"""Receives lines until it is killed: ``python kill_receiving.py FOLDER LINES``."""

from __future__ import annotations

import pickle
import sys
from itertools import islice
from pathlib import Path

from receiving_tools import NONCE, since

from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.records.layout import ReplicaDirectory

folder, lines = map(Path, sys.argv[1:])
receiver = Receiver(ReplicaDirectory(folder), NONCE)
print("began", flush=True)
rest = since(pickle.loads(lines.read_bytes()), receiver)
while batch := list(islice(rest, 50)):
    receiver.take_many(batch)
    receiver.save()
print("done", flush=True)
