"""Where things are, on this machine and inside the cluster's, and what they are called."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = (ROOT / ".build" / "cluster").resolve()
"""All that the cluster writes: programs and images are kept, the rest goes with the cluster. In
another checkout it may be a link to here."""
BIN = BUILD / "bin"
IMAGES = BUILD / "images"
LOGS = BUILD / "logs"
STATE = BUILD / "state"
"""What one life of the cluster writes: certificates, the data of etcd, kubelet and containerd."""
CONTAINERD_ROOT = BUILD / "containerd"
"""Kept as well: importing the images takes longer than all the rest."""
PKI = STATE / "pki"
KUBECONFIG = BUILD / "kubeconfig"

INSIDE = Path("/run/cluster")
"""BUILD as the programs in the machine see it: so configuration files name no checkout."""
INSIDE_CONFIG = Path("/run/config")
INSIDE_PKI = INSIDE / "state" / "pki"

NODE = "longboat-test"
"""The node, the context in the kubeconfig, the cgroup and the network interface of this side."""
NODE_ADDRESS = "10.244.0.1"
"""The bridge's: the API server, the node and the cluster's DNS answer there."""
POD_NETWORK = "10.244.0.0/24"
SERVICE_NETWORK = "10.96.0.0/16"
FIRST_SERVICE = "10.96.0.1"
HOST_ADDRESS = "10.243.255.1"
"""This machine as pods see it."""
LINK_ADDRESS = "10.243.255.2"
SERVER = f"https://{NODE_ADDRESS}:6443"
