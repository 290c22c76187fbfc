"""One notebook, three engines: byte for byte the same file, here, as a TrainJob and as a TFJob."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.client import Cluster
from cluster.homes import TIMEOUT, home_of, succeeded, write_clusters
from longboat.api import Client, Job

EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory,
    cluster: Cluster,
    kubeconfig: Path,
    trainer_image: str,
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("person") / "home"
    write_clusters(folder, cluster, kubeconfig, trainer_image)
    with home_of(folder) as client:
        yield client


def copied(folder: Path) -> Path:
    """What a person has of the examples."""
    return Path(shutil.copytree(EXAMPLES, folder / "examples"))


def noted(cluster: Cluster, job: Job) -> list[dict[str, str]]:
    """What the namespace says of models that the job has left."""
    selector = f"kubedirector.hpe.com/cmType=model,longboat.dev/job={job.id}"
    maps = cluster.core.list_namespaced_config_map(cluster.namespace, label_selector=selector)
    return [each.data for each in maps.items]


@pytest.mark.parametrize("engine", ["local", "trainjob", "tfjob"])
def test_digits(client: Client, cluster: Cluster, tmp_path: Path, engine: str) -> None:
    """It learns as well, its model is fetched, noted on the cluster, deployed here and asked."""
    examples = copied(tmp_path)
    asked = {"workers": 2, "model": f"digits-{engine}", "cpu": 0.5, "memory": "1500M"}
    job = succeeded(client.submit(examples / "digits.ipynb", backend=engine, **asked))
    assert job.metrics()["test_accuracy"] > 0.95
    assert job.status.progress.cell == job.status.progress.cells > 0
    assert [(str(r.replica), r.exit_code) for r in job.status.replicas] == [
        ("worker-0", 0),
        ("worker-1", 0),
    ]
    executed = json.loads(job.notebook().read_bytes())
    assert any(cell.get("outputs") for cell in executed["cells"])
    job.wait_settled()
    told = noted(cluster, job)
    assert [note["name"] for note in told] == ([] if engine == "local" else [f"digits-{engine}"])
    assert all(json.loads(note["metrics"]) == job.metrics() for note in told)
    service = job.model.deploy(wait=True)
    try:
        digit = json.loads((EXAMPLES / "digit.json").read_bytes())["instances"]
        (guess,) = service.predict(digit)["predictions"]
        assert len(guess) == 10 and abs(sum(guess) - 1) < 1e-3
    finally:
        service.undeploy()


@pytest.mark.parametrize("engine", ["trainjob", "tfjob"])
def test_digits_are_rehearsed(client: Client, tmp_path: Path, engine: str) -> None:
    """What a module that the image lacks would stop is found, and nothing else; no GPU is taken."""
    examples = copied(tmp_path)
    notebook = json.loads((examples / "digits.ipynb").read_bytes())
    missing = {
        "cell_type": "code",
        "id": "x",
        "metadata": {},
        "outputs": [],
        "source": "import jax",
    }
    notebook["cells"].insert(1, {**missing, "execution_count": None})
    (examples / "digits.ipynb").write_text(json.dumps(notebook))
    asked = {"workers": 3, "gpu": 8, "cpu": 0.5, "memory": "1500M", "rehearse": True}
    job = client.submit(examples / "digits.ipynb", backend=engine, **asked)
    assert job.wait(timeout=TIMEOUT).state == "failed", job.status
    (found,) = job.report().findings
    assert found.sentence.startswith("The module jax, which cell ")
    assert job.record.spec.workers == 2 and job.status.progress.cell > 2
    assert job.status.model is None


@pytest.mark.parametrize("engine", ["local", "trainjob", "tfjob"])
def test_digits_by_parameter_servers(client: Client, tmp_path: Path, engine: str) -> None:
    """The chief coordinates; who serves it ends with it, by itself."""
    asked = {"ps": 1, "workers": 1, "cpu": 0.4, "memory": "1500M", "model": f"digits-ps-{engine}"}
    job = succeeded(client.submit(copied(tmp_path) / "digits-ps.ipynb", backend=engine, **asked))
    assert job.metrics()["test_accuracy"] > 0.95
    assert [(str(r.replica), r.exit_code) for r in job.status.replicas] == [
        ("chief-0", 0),
        ("worker-0", 0),
        ("ps-0", 0),
    ]
    assert job.model.record.record.facts.job == job.id


@pytest.mark.parametrize("engine", ["local", "trainjob", "tfjob"])
def test_digits_beside_an_evaluator(
    client: Client, tmp_path: Path, volume: str, engine: str
) -> None:
    """It reads on a volume, on a cluster, what the worker has saved."""
    asked = {"evaluator": True, "cpu": 0.5, "memory": "1500M", "model": f"digits-ev-{engine}"}
    shared = {} if engine == "local" else {"volume": volume}
    entry = copied(tmp_path) / "digits-evaluator.ipynb"
    job = succeeded(client.submit(entry, backend=engine, **asked, **shared))
    assert job.metrics()["evaluator/test_accuracy"] > 0.95
    assert [(str(r.replica), r.state) for r in job.status.replicas] == [
        ("worker-0", "succeeded"),
        ("evaluator-0", "succeeded"),
    ]
