"""What becomes of pods: why they do not begin, and what ends them from outside."""

from __future__ import annotations

from collections.abc import Mapping

from longboat.explain.row import Row

_AGAIN = "Start the job once more with again, or let --retries do that."
_BY_ITSELF = "It starts by itself when others end"
_BESIDES = "[ (also too little: {also:listing})][ (besides: {others:listing})]"
_IMAGE = "--image, or `image` of the cluster's table in clusters.toml"

_WAITING: Mapping[str, Row] = {
    "nodes-full": Row(
        f"{{replica}} waits for a node with enough {{resource}} free{_BESIDES}.",
        f"{_BY_ITSELF}.",
        by="resource",
        variants={
            "cpu": Row(
                "{replica} waits for a node with enough free cores[: it asks for {wanted:cpus}]"
                f"[, and the largest node has {{largest:cpus}} in all]{_BESIDES}.",
                f"{_BY_ITSELF}; ask for less with --cpu or --workers to start sooner.",
            ),
            "memory": Row(
                "{replica} waits for a node with enough free memory[: it asks for {wanted:size}]"
                f"[, and the largest node has {{largest:size}} in all]{_BESIDES}.",
                f"{_BY_ITSELF}; ask for less with --memory or --workers to start sooner.",
            ),
            "gpu": Row(
                "{replica} waits for a node with enough free GPUs ({device})[: it asks for "
                "{wanted:gpus}][, and the node with the most has {largest:gpus} in all]"
                f"{_BESIDES}.",
                f"{_BY_ITSELF}; ask for less with --gpu or --workers to start sooner.",
            ),
            "pods": Row(
                "{replica} waits for a node that takes one more pod.",
                f"{_BY_ITSELF}, of this job's replicas as well: fewer --workers start sooner.",
            ),
        },
    ),
    "nodes-too-small": Row(
        "{replica} asks for more {resource} than any node has.",
        "Ask for less.",
        by="resource",
        variants={
            "cpu": Row(
                "{replica} asks for {wanted:cpus}, and the largest node that it may use has "
                "{largest:cpus}[ (besides: {others:listing})].",
                "Submit it again with less: --cpu {largest:cpu_option} is the most that can fit.",
            ),
            "memory": Row(
                "{replica} asks for {wanted:size} of memory, and the largest node that it may use "
                "has {largest:size}[ (besides: {others:listing})].",
                "Submit it again with less: --memory {largest:memory_option} is the most that can "
                "fit.",
            ),
            "gpu": Row(
                "{replica} asks for {wanted:gpus}[ ({device})], and the node with the most that "
                "it may use has {largest:gpus}[ (besides: {others:listing})].",
                "Submit it again with less: --gpu {largest:number} is the most that can fit.",
            ),
            "no-gpu": Row(
                "{replica} asks for {wanted:gpus}, and no node that it may use offers {device}.",
                "Submit it again without --gpu, or set `gpu_resource` of the cluster's table in "
                "clusters.toml to the name under which its nodes offer GPUs.",
            ),
        },
    ),
    "node-selector": Row(
        "No node of the cluster has the labels that {replica} asks for[: {selector:listing}].",
        "Mend `node_selector` of the cluster's table in clusters.toml; kubectl get nodes "
        "--show-labels lists what there is.",
    ),
    "node-taint": Row(
        "Every node that {replica} could use is reserved by a taint[: {taints:listing}].",
        "Add a toleration to `tolerations` of the cluster's table in clusters.toml, if you may "
        "use those nodes; the cluster's administrator knows.",
    ),
    "no-node": Row(
        "No node takes {replica} now[: {why}]",
        "Look at the nodes with kubectl get nodes, or ask the cluster's administrator why none "
        "takes pods of this namespace.",
    ),
    "volume-missing": Row(
        "The volume {volume} that {replica} needs is not in the namespace.",
        "Create a PersistentVolumeClaim of that name, or mend `volume` of the cluster's table in "
        "clusters.toml.",
    ),
    "volume-unbound": Row(
        "The volume[ {volume}] that {replica} needs has no storage behind it yet.",
        "It starts by itself when it has; kubectl describe pvc says what is missing, most often a "
        "storage class that offers ReadWriteMany.",
    ),
    "volume-elsewhere": Row(
        "The volume[ {volume}] of {replica} can only be reached from nodes that do not take it.",
        "Mend `node_selector` of the cluster's table in clusters.toml, or ask the cluster's "
        "administrator for a volume that every node reaches.",
    ),
    "volume-not-mounted": Row(
        "The volume {volume} of {replica} cannot be mounted on its node[: {why}]",
        "It is tried again by itself; if it stays so, tell the cluster's administrator this "
        "sentence.",
    ),
    "image-missing": Row(
        "The image {image} of {replica} is not in its registry.",
        f"Push it, or mend {_IMAGE}.",
    ),
    "image-forbidden": Row(
        "The registry does not give {image} to {replica}: it wants a login, or has no such image.",
        "Check the name; if it is right, name a Secret with the login in `image_pull_secrets` of "
        "the cluster's table in clusters.toml (kubectl create secret docker-registry makes one).",
    ),
    "image-invalid": Row(
        "{image} cannot be the name of an image.",
        f"Mend {_IMAGE}.",
    ),
    "image-not-on-node": Row(
        "The image {image} is not on the node of {replica}, and must not be pulled.",
        f"Bring it there, or mend {_IMAGE}.",
    ),
    "image-platform": Row(
        "The image[ {image}] of {replica} is not made for the processor of its node.",
        "Build the image for it, or choose other nodes with `node_selector` of the cluster's "
        "table in clusters.toml (the label kubernetes.io/arch).",
    ),
    "image-unavailable": Row(
        "The image {image} of {replica} cannot be pulled[: {why}]",
        f"It is tried again by itself; if it stays so, mend {_IMAGE}.",
    ),
    "registry-unreachable": Row(
        "The node of {replica} cannot reach the registry of {image}[: {why}]",
        "It is tried again by itself; if it stays so, ask the cluster's administrator which "
        "registries its nodes reach, and push the image there.",
    ),
    "secret-missing": Row(
        "{replica} cannot begin: there is no {kind} {name}[ with the key {key}] in the namespace.",
        "It begins by itself when there is; if it was deleted, start the job once more with again.",
    ),
    "runs-as-root": Row(
        "{replica} would run as root, which the namespace does not allow.",
        "Choose an image whose USER is a number other than 0, with --image.",
    ),
    "container-not-created": Row(
        "The node cannot make the container of {replica}[: {why}]",
        "It is tried again by itself; if it stays so, tell the cluster's administrator this "
        "sentence.",
    ),
}

_ENDS: Mapping[str, Row] = {
    "command-missing": Row(
        "The image of {replica} has no {command}.",
        "Choose an image with Python 3.9 or newer on its PATH, with --image.",
        by="command",
        variants={
            "python3": Row(
                "The image of {replica} has no python3.",
                "Choose an image with Python 3.9 or newer on its PATH, with --image.",
            )
        },
    ),
    "container-not-started": Row(
        "The first process of {replica} could not be executed[: {why}]",
        "Choose another image with --image, or tell the cluster's administrator this sentence.",
    ),
    "preempted": Row(
        "{replica} had to leave its node[ {node}] to a pod of higher priority.",
        _AGAIN,
    ),
    "pod-deleted": Row(
        "The pod of {replica} was deleted, but not through Longboat.",
        _AGAIN,
    ),
    "node-lost": Row(
        "The node[ {node}] of {replica} disappeared or stopped answering.",
        _AGAIN,
    ),
    "node-drained": Row(
        "{replica} was asked to leave its node[ {node}], which is what happens before maintenance.",
        _AGAIN,
    ),
    "turned-away": Row(
        "The node[ {node}] turned {replica} away[: {why}]",
        _AGAIN,
    ),
    "evicted": Row(
        "{replica} was evicted from its node[ {node}][: {why}]",
        _AGAIN,
        by="lack",
        variants={
            "memory": Row(
                "The node[ {node}] ran out of memory and evicted {replica}[: {why}]",
                "Start the job once more with again; tell the cluster's administrator if it "
                "happens often.",
            ),
            "disk": Row(
                "The disk of the node[ {node}] was full, and it evicted {replica}[: {why}]",
                "Start the job once more with again, and write less outside of the shared volume; "
                "tell the cluster's administrator if it happens often.",
            ),
            "limit": Row(
                "{replica} wrote more to disk than it may[: its limit is {limit:size}].",
                "Write less, or to the shared volume (`volume` of the cluster's table in "
                "clusters.toml).",
            ),
        },
    ),
    "model-not-carried": Row(
        "The model of {replica}[, {size:size},] did not arrive whole from the cluster.",
        "Without a shared volume 64 MiB of models and files come back. Name one with --volume, or "
        "`volume` of the cluster's table in clusters.toml, and 4 GiB do; export what is larger to "
        "a bucket from the notebook.",
        by="kept",
        variants={
            "volume": Row(
                "The model of {replica}[, {size:size},] did not arrive whole from the cluster, nor "
                "by way of its volume[: {why}]",
                "Mend what is wrong with the volume and submit it again, or export the model to "
                "the volume or a bucket from the notebook: by way of it 4 GiB come back.",
            )
        },
    ),
}

CLUSTER_ROWS: Mapping[str, Row] = {**_WAITING, **_ENDS}
