"""The kinds of Kubernetes objects that Longboat reads or makes."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Kind(NamedTuple):
    """One kind as the API names it; a subresource's plural is written ``pods/log``."""

    api_version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def root(self) -> str:
        """The path under which the API lists what the group's version offers."""
        return f"/{'apis' if self.group else 'api'}/{self.api_version}"

    def path(self, namespace: str, name: str = "") -> str:
        """The path of one object, or of all when ``name`` is empty."""
        resource, _, subresource = self.plural.partition("/")
        where = ("namespaces", namespace) if self.namespaced else ()
        parts = (*where, resource, name, subresource)
        return "/".join((self.root, *(quote(part, safe="") for part in parts if part)))


PODS = Kind("v1", "pods", "Pod")
POD_LOGS = Kind("v1", "pods/log", "Pod")
SECRETS = Kind("v1", "secrets", "Secret")
EVENTS = Kind("v1", "events", "Event")
CONFIG_MAPS = Kind("v1", "configmaps", "ConfigMap")
VOLUME_CLAIMS = Kind("v1", "persistentvolumeclaims", "PersistentVolumeClaim")
RESOURCE_QUOTAS = Kind("v1", "resourcequotas", "ResourceQuota")
BATCH_JOBS = Kind("batch/v1", "jobs", "Job")
NODES = Kind("v1", "nodes", "Node", namespaced=False)
NETWORK_POLICIES = Kind("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy")
ACCESS_REVIEWS = Kind(
    "authorization.k8s.io/v1",
    "selfsubjectaccessreviews",
    "SelfSubjectAccessReview",
    namespaced=False,
)
TRAIN_JOBS = Kind("trainer.kubeflow.org/v1alpha1", "trainjobs", "TrainJob")
TRAINING_RUNTIMES = Kind("trainer.kubeflow.org/v1alpha1", "trainingruntimes", "TrainingRuntime")
CLUSTER_TRAINING_RUNTIMES = Kind(
    "trainer.kubeflow.org/v1alpha1",
    "clustertrainingruntimes",
    "ClusterTrainingRuntime",
    namespaced=False,
)
JOB_SETS = Kind("jobset.x-k8s.io/v1alpha2", "jobsets", "JobSet")
TF_JOBS = Kind("kubeflow.org/v1", "tfjobs", "TFJob")

ALL_KINDS = (
    PODS,
    POD_LOGS,
    SECRETS,
    EVENTS,
    CONFIG_MAPS,
    VOLUME_CLAIMS,
    RESOURCE_QUOTAS,
    BATCH_JOBS,
    NODES,
    NETWORK_POLICIES,
    ACCESS_REVIEWS,
    TRAIN_JOBS,
    TRAINING_RUNTIMES,
    CLUSTER_TRAINING_RUNTIMES,
    JOB_SETS,
    TF_JOBS,
)
