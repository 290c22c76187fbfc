"""The command ``longboat``: its list of commands, and the one place where errors become words."""

from __future__ import annotations

import io
import sys

import click

from longboat.cli.grammar import Entry, LazyGroup

COMMANDS = {
    "submit": Entry("submit:submit", "Run a notebook or script as a job."),
    "jobs": Entry("jobs:jobs", "List jobs, the newest first."),
    "status": Entry("jobs:status", "Say how a job is, and what to do next."),
    "logs": Entry("logs:logs", "Show or follow what the replicas print."),
    "tensorboard": Entry("tensorboard:tensorboard", "Show jobs in TensorBoard, beside each other."),
    "stop": Entry("jobs:stop", "Stop a job."),
    "rm": Entry("jobs:rm", "Remove a job with all it wrote."),
    "again": Entry("submit:again", "Run a job once more, as it was."),
    "diff": Entry("diff:diff", "Say what is other between two jobs."),
    "files": Entry("results:files", "List or fetch the files a job wrote."),
    "notebook": Entry("results:notebook", "Find the notebook as a job executed it."),
    "restore": Entry("transfer:restore", "Lay out the files that a job ran."),
    "export": Entry("transfer:export", "Pack a job into one file."),
    "import": Entry("transfer:import_", "Make a packed job one of this home."),
    "models": Entry("models:models", "List models, or add one from a folder."),
    "model": Entry("models:model", "Describe a model, or one of its versions."),
    "deploy": Entry("services:deploy", "Serve a model over HTTP."),
    "services": Entry("services:services", "List services."),
    "predict": Entry("services:predict", "Ask a service for predictions."),
    "undeploy": Entry("services:undeploy", "Stop a service."),
    "env": Entry("env:env", "List the environments that were built for jobs, or remove some."),
    "du": Entry("usage:du", "Say what takes the space, and what could be freed."),
    "prune": Entry("prune:prune", "Remove what nobody needs any more."),
    "doctor": Entry("checkup:doctor", "Say what is here, missing or broken."),
    "demo": Entry("demo:demo", "Do the main job once, from notebook to prediction.", hidden=True),
}

EPILOG = (
    "JOB is an id, the beginning of one, or a name, which means its newest job that is no "
    "rehearsal."
)


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="longboat", message="longboat %(version)s")
def cli() -> None:
    """From a notebook to a training job to a prediction service."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed or stopped, 2 bad use, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code, and lets no exception out."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Unicode shows "?" and does not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code: object = cli.main(args=arguments, prog_name="longboat", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        from longboat.cli.faults import report

        return report(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0
