"""A certificate authority that lives as long as the cluster, and the kubeconfigs signed by it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from cluster.commands import output
from cluster.layout import FIRST_SERVICE, KUBECONFIG, NODE, NODE_ADDRESS, PKI, SERVER
from longboat.system.files import write_atomic

DAYS = "30"
SERVER_NAMES = ",".join(
    [
        *(f"DNS:kubernetes{end}" for end in ("", ".default", ".default.svc")),
        "DNS:kubernetes.default.svc.cluster.local",
        *(f"IP:{address}" for address in (NODE_ADDRESS, FIRST_SERVICE, "127.0.0.1")),
    ]
)
ADMIN = "/O=system:masters/CN=longboat-test-admin"
CLIENTS = {
    "admin": ADMIN,
    "apiserver-to-kubelet": "/O=system:masters/CN=apiserver-to-kubelet",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "proxy": "/CN=system:kube-proxy",
    "kubelet": f"/O=system:nodes/CN=system:node:{NODE}",
}


def create() -> None:
    """Make the authority, the API server's certificate, one for each client, and kubeconfigs."""
    PKI.mkdir(parents=True, exist_ok=True)
    authority = ("-addext", "keyUsage=critical,keyCertSign,digitalSignature")
    _request("ca", "/CN=longboat-test", *authority)
    _signed("apiserver", "/CN=kube-apiserver", "serverAuth", f"subjectAltName={SERVER_NAMES}")
    for name, subject in CLIENTS.items():
        _signed(name, subject, "clientAuth")
        write_atomic(PKI / f"{name}.kubeconfig", _kubeconfig(name), mode=0o600)
    _openssl("genpkey", "-algorithm", "RSA", "-out", str(PKI / "service-accounts.key"))
    write_atomic(KUBECONFIG, _kubeconfig("admin"), mode=0o600)


def _signed(name: str, subject: str, usage: str, *extensions: str) -> None:
    """Have the authority sign a certificate for ``usage`` (serverAuth or clientAuth)."""
    wanted = ("basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={usage}", *extensions)
    signer = ("-CA", str(PKI / "ca.crt"), "-CAkey", str(PKI / "ca.key"))
    added = [word for extension in wanted for word in ("-addext", extension)]
    _request(name, subject, *signer, *added)


def _request(name: str, subject: str, *options: str) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    files = ("-keyout", str(PKI / f"{name}.key"), "-out", str(PKI / f"{name}.crt"))
    _openssl("req", "-x509", *key, *files, "-days", DAYS, "-subj", subject, *options)


def _openssl(*arguments: str) -> None:
    output(["openssl", *arguments])


def _kubeconfig(name: str) -> bytes:
    """A kubeconfig for one client with everything in it; JSON is YAML too."""
    user = {
        "client-certificate-data": _encoded(PKI / f"{name}.crt"),
        "client-key-data": _encoded(PKI / f"{name}.key"),
    }
    cluster = {"server": SERVER, "certificate-authority-data": _encoded(PKI / "ca.crt")}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NODE, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": NODE, "context": {"cluster": NODE, "user": name}}],
        "current-context": NODE,
    }
    return json.dumps(content, indent=1).encode()


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
