"""KWOK: nodes that only answer, for what needs many."""

from __future__ import annotations

import pytest

from cluster.client import Cluster, pod_spec, wait_until
from cluster.fake_nodes import TOLERATION, fake_node

pytestmark = pytest.mark.own_cluster


def test_fake_node_runs_a_pod_and_ends_it_by_label(cluster: Cluster) -> None:
    with fake_node(cluster, pods=2) as selector:
        spec = pod_spec("nothing", ["true"], nodeSelector=selector, tolerations=[TOLERATION])
        cluster.create_pod("unreal", spec, labels={"longboat.test/fate": "succeeds"})
        assert cluster.finished("unreal") == "Succeeded"
        cluster.create_pod("lasting", spec)
        wait_until(lambda: cluster.phase("lasting") == "Running", "the pod that lasts")
