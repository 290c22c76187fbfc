"""What the jobs under test run: every replica says that it is there and waits for its own gate."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import longboat

given = longboat.params(saved="", linger="")
# Not checkpoint_dir(), which is a throw-away folder for replicas that do not lead.
here = Path(os.environ["LONGBOAT_CHECKPOINT_DIR"])
me = os.environ["LONGBOAT_ROLE"].replace(":", "-")
assert os.environ["FAULT_SECRET"] == "hush"


def wait_for(name):
    while not (here / name).exists():
        time.sleep(0.01)


def linger(code):
    """In the place of the process's exit, after its last word."""
    (here / f"said-{me}").touch()
    wait_for("never")


# Something that outlives its parent unless somebody ends it.
subprocess.Popen(["sleep", "300"], start_new_session=True)
(here / f"runs-{me}").touch()
wait_for(f"go-{me}")
if given.saved:
    # The guest would import it only to describe the model, which the host can do.
    sys.modules["tensorflow"] = None
    shutil.copytree(given.saved, longboat.model_dir(), dirs_exist_ok=True)
if given.linger == me:
    os._exit = linger
