"""The one table from what was observed to a sentence and what to do; every face reads it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from longboat.explain.cause import Cause
from longboat.explain.cluster_rows import CLUSTER_ROWS
from longboat.explain.courier_rows import COURIER_ROWS
from longboat.explain.refusal_rows import REFUSAL_ROWS
from longboat.explain.row import Row
from longboat.explain.template import Value, fill


class Explanation(msgspec.Struct, frozen=True):
    """A cause in plain language."""

    reason: str
    """The stable word it was made from."""
    message: str
    """What happened, and where; empty only for an empty reason."""
    fix: str
    """What to do about it; empty when there is nothing to do."""

    @property
    def sentence(self) -> str:
        """Both, as one text."""
        return f"{self.message} {self.fix}".strip()


_NATIVE_CRASH = Row(
    "{replica} crashed inside native code ({signal:signal}).",
    "The last lines of its log say where; a shape or type that TensorFlow does not expect is the "
    "usual cause.",
)

TABLE: Mapping[str, Row] = {
    "waiting-resources": Row(
        "Waiting for {resource}[: {wanted} asked, {free} of {total} free].",
        "It starts by itself when other jobs end.",
        by="resource",
        variants={
            "cpu": Row(
                "Waiting for {lacking:cores}[: {wanted:number} asked, {free:number} of "
                "{total:number} free].",
                "It starts by itself when other jobs end; ask for less with --cpu or --workers to "
                "start sooner.",
            ),
            "memory": Row(
                "Waiting for {lacking:size} more memory[: {wanted:size} asked, {free:size} of "
                "{total:size} free].",
                "It starts by itself when other jobs end; ask for less with --memory to start "
                "sooner.",
            ),
            "gpu": Row(
                "Waiting for {lacking:number} more GPU[: {wanted:number} asked, {free:number} of "
                "{total:number} free].",
                "It starts by itself when other jobs end.",
            ),
        },
    ),
    "waiting-queue": Row(
        "Waiting in the queue[: {ahead:jobs} ahead].",
        "It starts by itself.",
        by="ahead",
        variants={
            # Further back a place is not told exactly (jobs/reconcile.py).
            10: Row("Waiting in the queue: 10 jobs or more ahead.", "It starts by itself."),
        },
    ),
    "cell-failed": Row(
        "Cell {cell}[, line {line}] of {replica} raised {ename}[: {evalue}]",
        "Mend the cell and submit the notebook again.",
    ),
    "script-failed": Row(
        "The script of {replica} raised {ename}[ at line {line}][: {evalue}]",
        "Mend the script and submit it again.",
    ),
    "import-missing": Row(
        "The module {module}[, which cell {cell} needs,] is not in the interpreter of {replica}.",
        "Install it in the environment of the job, or choose another one with --python or "
        "--kernel.",
    ),
    "exit-code": Row(
        "{replica} ended with exit code {code}[ in cell {cell}].",
        "The last lines of its log say why.",
        by="code",
        variants={
            127: Row(
                "{replica} could not run a command it needs (exit code 127).",
                "Its log names the command; install it on the machine or in the image.",
            ),
        },
    ),
    "killed": Row(
        "{replica} was ended by {signal:signal} from outside Longboat.",
        "Start the job once more with again.",
        by="signal",
        variants={
            9: Row(
                "{replica} was killed by SIGKILL, not by Longboat.",
                "Most often the machine ran out of memory: ask for more with --memory, or run "
                "fewer jobs at once.",
            ),
            **dict.fromkeys((4, 6, 7, 8, 11), _NATIVE_CRASH),
        },
    ),
    "out-of-memory": Row(
        "{replica} used {used:size} of memory[, and its limit is {limit:size}].",
        "Ask for more[ with --memory {limit:more_memory}], or use smaller batches.",
    ),
    "rehearsal-found": Row(
        "The rehearsal found {count:things} to mend.",
        "Mend what is listed, and rehearse it once more.",
    ),
    "peers-missing": Row(
        "{replica} waited[ {seconds:duration}] for {missing:listing}, which did not "
        "appear[: {why}].",
        "The log of the missing replica says why; all replicas must reach the start together.",
    ),
    "unsupported-cell": Row(
        "Cell {cell}[, line {line}] of {replica} has {what}, which needs IPython; the job's "
        "interpreter does not have it.",
        "Install ipython there, tag the cell longboat:skip, or write it in plain Python.",
    ),
    "disk-full": Row(
        "No space was left on the disk[ ({path})].",
        "Free some: longboat jobs shows old jobs, and longboat rm removes one with its files.",
        by="where",
        variants={
            "volume": Row(
                "No space was left on the volume {volume}, where {replica} wrote {path}.",
                "Free some: longboat rm removes a job with what it has on that volume. Or ask the "
                "cluster's administrator for a larger one.",
            ),
            "pod": Row(
                "No space was left in the pod of {replica}, where it wrote {path}.",
                "Write less there, or keep large files on a shared volume (--volume).",
            ),
        },
    ),
    "interpreter-missing": Row(
        "{python} is not there or cannot run.",
        "Choose another interpreter with --python or --kernel.",
    ),
    "start-failed": Row(
        "{replica} could not be started[: {error}].",
        "longboat doctor looks for what is missing on this machine.",
    ),
    "supervisor-lost": Row(
        "The process that watched over the job disappeared, and its replicas with it.",
        "Start the job once more with again; if the machine is short of memory, that is the "
        "likely cause.",
    ),
    "rebooted": Row(
        "The machine was restarted while the job ran.", "Start the job once more with again."
    ),
    "container-gone": Row(
        "The container in which the job ran is gone; this is another.",
        "Start the job once more with again.",
    ),
    "displaced-too-often": Row(
        "{times:number} attempts in a row were ended from outside before they had written a new "
        "checkpoint[; the last: {why}]",
        "Write checkpoints to longboat.checkpoint_dir() more often, as BackupAndRestore does, on a "
        "cluster with --volume; or run it where it is not displaced.",
    ),
    "vanished": Row(
        "What ran the job is gone, and left nothing that says how it ended.",
        "Start the job once more with again.",
    ),
    "deadline": Row(
        "The job was ended at its deadline[ of {seconds:duration}].",
        "Allow more time with --deadline.",
    ),
    "snapshot-missing": Row(
        "The snapshot[ {snapshot}] that the job would run is gone.",
        "Submit the notebook again.",
    ),
    "model-not-registered": Row(
        "The job succeeded, but its model could not be registered[: {error}].",
        "Its files are kept: longboat files lists them, and longboat models add registers them.",
    ),
    "stopped-by-user": Row("The job was stopped on request.", "Start it once more with again."),
    "stopped-from-outside": Row(
        "The job was stopped, but not through Longboat.", "Start it once more with again."
    ),
    "unknown": Row(
        "The job failed, and nothing says why.",
        "Its logs may: longboat logs JOB; longboat doctor checks this machine.",
    ),
    **CLUSTER_ROWS,
    **COURIER_ROWS,
    **REFUSAL_ROWS,
}

GENERIC = Row(
    "Something happened that Longboat has no words for ({reason}).",
    "The logs say more: longboat logs JOB; longboat doctor checks this machine.",
)


def explain(cause: Cause) -> Explanation:
    """Say in plain language what happened, where, and what to do; never raises.

    An empty reason gives empty sentences; a reason the table does not know a general one.
    """
    if not cause.reason:
        return Explanation("", "", "")
    details = {**cause.details, "reason": cause.reason, **_lacking(cause.details)}
    row = TABLE.get(cause.reason, GENERIC).choose(details)
    message = _sentence(fill(row.message, details))
    return Explanation(cause.reason, message, _sentence(fill(row.fix, details)))


def _lacking(details: Mapping[str, Value]) -> dict[str, Value]:
    """What is asked and not free, where both are known."""
    wanted, free = details.get("wanted"), details.get("free")
    if isinstance(wanted, int | float) and isinstance(free, int | float):
        return {"lacking": round(max(0.0, wanted - free), 3)}
    return {}


def _sentence(text: str) -> str:
    """End with a stop."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else text + "."
