"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

from cluster import services
from cluster.commands import output
from cluster.errors import ClusterError, wait_for
from cluster.layout import (
    BIN,
    INSIDE,
    INSIDE_PKI,
    KUBECONFIG,
    NODE_ADDRESS,
    POD_NETWORK,
    SERVICE_NETWORK,
)

ETCD = [
    services.program("etcd"),
    f"--data-dir={INSIDE}/state/etcd",
    "--unsafe-no-fsync",
    "--quota-backend-bytes=2147483648",
    "--log-level=warn",
]
API_SERVER = [
    services.program("kube-apiserver"),
    "--etcd-servers=http://127.0.0.1:2379",
    f"--advertise-address={NODE_ADDRESS}",
    "--secure-port=6443",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    f"--client-ca-file={INSIDE_PKI}/ca.crt",
    f"--tls-cert-file={INSIDE_PKI}/apiserver.crt",
    f"--tls-private-key-file={INSIDE_PKI}/apiserver.key",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    f"--service-account-key-file={INSIDE_PKI}/service-accounts.key",
    f"--service-account-signing-key-file={INSIDE_PKI}/service-accounts.key",
    f"--service-cluster-ip-range={SERVICE_NETWORK}",
    f"--kubelet-client-certificate={INSIDE_PKI}/apiserver-to-kubelet.crt",
    f"--kubelet-client-key={INSIDE_PKI}/apiserver-to-kubelet.key",
    "--kubelet-preferred-address-types=InternalIP",  # the node's name is in no DNS
]
CONTROLLER_MANAGER = [
    services.program("kube-controller-manager"),
    f"--kubeconfig={INSIDE_PKI}/controller-manager.kubeconfig",
    f"--cluster-cidr={POD_NETWORK}",
    f"--service-cluster-ip-range={SERVICE_NETWORK}",
    f"--root-ca-file={INSIDE_PKI}/ca.crt",
    f"--service-account-private-key-file={INSIDE_PKI}/service-accounts.key",
    f"--cluster-signing-cert-file={INSIDE_PKI}/ca.crt",
    f"--cluster-signing-key-file={INSIDE_PKI}/ca.key",
    "--use-service-account-credentials",
    "--leader-elect=false",
]
SCHEDULER = [
    services.program("kube-scheduler"),
    f"--kubeconfig={INSIDE_PKI}/scheduler.kubeconfig",
    "--leader-elect=false",
]


def kubectl(*arguments: str, given: str | None = None) -> str:
    """Run kubectl as the cluster's administrator, ``given`` on its input; give its output."""
    command = [str(BIN / "kubectl"), f"--kubeconfig={KUBECONFIG}", *arguments]
    return output(command, given=given)


def ready() -> bool:
    """Whether the API server answers that it is ready."""
    try:
        return kubectl("get", "--raw=/readyz", "--request-timeout=5s") == "ok"
    except ClusterError:
        return False


def start() -> None:
    """Start all four; return when the API server is ready."""
    for command in (ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER):
        services.start(command)
    where = str(services.log(API_SERVER[0]))
    wait_for("The API server was not ready", ready, seconds=90, where=where)
