"""What the API server, or a controller in its name, does not create."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import kubernetes

from cluster import images
from cluster.client import Object, pod_spec, wait_until
from cluster.layout import KUBECONFIG
from cluster.recording.stage import Observed, Stage
from cluster.recording.waiting import asking

SECRET: Object = {"metadata": {"name": "job"}, "data": {"order.json": "e30="}}
TRAINER = "apis/trainer.kubeflow.org/v1alpha1"


def refused(status: Any) -> Observed:
    """A Status that is no success."""
    assert status.get("kind") == "Status" and status["status"] == "Failure", status
    return Observed("cause_of_refusal", status)


def job_of(pod: Object) -> Object:
    """A Job of one pod."""
    return {
        "metadata": {"name": "maker"},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def cannot_make_pods(stage: Stage, pod: Object) -> Observed:
    """The events of a Job whose pods cannot be created."""
    stage.create_raw("jobs", job_of(pod), "apis/batch/v1")
    return Observed("cause_of_events", stage.when_event("FailedCreate"))


def quota(stage: Stage, **hard: str) -> None:
    """Limit the namespace, and wait until it is."""
    names = {name.replace("_", "."): value for name, value in hard.items()}
    body = {"metadata": {"name": "team"}, "spec": {"hard": names}}
    stage.core.create_namespaced_resource_quota(stage.namespace, body)

    def counted() -> object:
        return stage.core.read_namespaced_resource_quota("team", stage.namespace).status.used

    wait_until(counted, "the quota's first count")


def quota_for_pods(stage: Stage) -> Observed:
    quota(stage, requests_cpu="1", requests_memory="1Gi")
    resources = asking(cpu="1500m", memory="2Gi")
    return cannot_make_pods(stage, pod_spec(images.PYTHON, ["true"], resources=resources))


def quota_for_a_pod(stage: Stage) -> Observed:
    quota(stage, requests_cpu="1", requests_memory="1Gi")
    spec = pod_spec(images.PYTHON, ["true"], resources=asking(cpu="1500m", memory="64Mi"))
    pod = {"metadata": {"name": "worker-0"}, "spec": spec}
    return refused(stage.create_raw("pods", pod))


def quota_for_secrets(stage: Stage) -> Observed:
    quota(stage, secrets="0")
    return refused(stage.create_raw("secrets", SECRET))


def quota_wants_limits(stage: Stage) -> Observed:
    quota(stage, limits_cpu="4")
    pod = {"metadata": {"name": "worker-0"}, "spec": pod_spec(images.PYTHON, ["true"])}
    return refused(stage.create_raw("pods", pod))


def quota_for_tfjob(stage: Stage) -> Observed:
    """The training operator's own event."""
    quota(stage, pods="0")
    container = {"name": "tensorflow", "image": images.PYTHON}
    worker = {"replicas": 1, "template": {"spec": {"containers": [container]}}}
    spec = {"tfReplicaSpecs": {"Worker": worker}}
    job = {
        "apiVersion": "kubeflow.org/v1",
        "kind": "TFJob",
        "metadata": {"name": "maker"},
        "spec": spec,
    }
    stage.create_raw("tfjobs", job, "apis/kubeflow.org/v1")
    return Observed("cause_of_events", stage.when_event("FailedCreatePod"))


def limit_range(stage: Stage) -> Observed:
    limit = {"type": "Container", "max": {"cpu": "1"}}
    body = {"metadata": {"name": "range"}, "spec": {"limits": [limit]}}
    stage.core.create_namespaced_limit_range(stage.namespace, body)
    pod = pod_spec(images.PYTHON, ["true"], resources=asking(cpu="2", memory="64Mi"))
    return cannot_make_pods(stage, pod)


def restricted(stage: Stage) -> None:
    """Let in only pods of the strictest standard."""
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    stage.core.patch_namespace(stage.namespace, {"metadata": {"labels": label}})


def pod_security_of_a_pod(stage: Stage) -> Observed:
    restricted(stage)
    pod = {"metadata": {"name": "worker-0"}, "spec": pod_spec(images.PYTHON, ["true"])}
    return refused(stage.create_raw("pods", pod))


def pod_security_of_pods(stage: Stage) -> Observed:
    restricted(stage)
    return cannot_make_pods(stage, pod_spec(images.PYTHON, ["true"]))


def service_account_missing(stage: Stage) -> Observed:
    spec = pod_spec(images.PYTHON, ["true"], serviceAccountName="absent")
    return cannot_make_pods(stage, spec)


def as_somebody(stage: Stage, act: Callable[[Stage], Any]) -> Any:
    """Act as a service account without rights."""
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(str(KUBECONFIG), client_configuration=configuration)
    with kubernetes.client.ApiClient(configuration) as client:
        client.set_default_header(
            "Impersonate-User", f"system:serviceaccount:{stage.namespace}:default"
        )
        return act(Stage(client, stage.namespace))


def forbidden(stage: Stage) -> Observed:
    return refused(as_somebody(stage, lambda nobody: nobody.create_raw("secrets", SECRET)))


def forbidden_trainjob(stage: Stage) -> Observed:
    job = trainjob()
    return refused(as_somebody(stage, lambda nobody: nobody.create_raw("trainjobs", job, TRAINER)))


def unauthorized(stage: Stage) -> Observed:
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(str(KUBECONFIG), client_configuration=configuration)
    configuration.cert_file = configuration.key_file = None
    configuration.api_key = {"authorization": "Bearer expired"}
    with kubernetes.client.ApiClient(configuration) as client:
        return refused(Stage(client, stage.namespace).create_raw("secrets", SECRET))


def trainjob(**spec: Any) -> Object:
    """A TrainJob whose runtime is not there."""
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": "digits"},
        "spec": {"runtimeRef": {"name": "absent", "kind": "TrainingRuntime"}, **spec},
    }


def webhook_denial(stage: Stage) -> Observed:
    return refused(stage.create_raw("trainjobs", trainjob(), TRAINER))


def webhook_gone(stage: Stage) -> Observed:
    """A webhook, for this namespace alone, that nobody answers for."""
    name = f"{stage.namespace}.longboat.test"
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["secrets"],
    }
    webhook = {
        "name": "validator.longboat.test",
        "clientConfig": {"service": {"namespace": stage.namespace, "name": "absent"}},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": stage.namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    stage.raw(path, "POST", {"metadata": {"name": name}, "webhooks": [webhook]})
    try:

        def failed() -> Any:
            answer = stage.create_raw("secrets?dryRun=All", SECRET)
            return answer if answer["kind"] == "Status" else None

        return refused(wait_until(failed, "the webhook's failure"))
    finally:
        stage.raw(f"{path}/{name}", "DELETE")


def policy_denial(stage: Stage) -> Observed:
    """A ValidatingAdmissionPolicy, for this namespace alone."""
    base = "/apis/admissionregistration.k8s.io/v1"
    name = f"{stage.namespace}.longboat.test"
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["secrets"],
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": stage.namespace}}
    says = "every secret needs the label team"
    policy = {
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "has(object.metadata.labels)", "message": says}],
        },
    }
    spec = {
        "policyName": name,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": here},
    }
    stage.raw(f"{base}/validatingadmissionpolicies", "POST", policy)
    binding = {"metadata": {"name": name}, "spec": spec}
    stage.raw(f"{base}/validatingadmissionpolicybindings", "POST", binding)
    try:

        def failed() -> Any:
            answer = stage.create_raw("secrets?dryRun=All", SECRET)
            return answer if answer["kind"] == "Status" else None

        return refused(wait_until(failed, "the policy's denial"))
    finally:
        stage.raw(f"{base}/validatingadmissionpolicybindings/{name}", "DELETE")
        stage.raw(f"{base}/validatingadmissionpolicies/{name}", "DELETE")


def namespace_missing(stage: Stage) -> Observed:
    return refused(stage.raw("/api/v1/namespaces/absent/secrets", "POST", SECRET))


def namespace_ending(stage: Stage) -> Observed:
    stage.play("worker-0")  # it is held, and so the namespace stays
    stage.core.delete_namespace(stage.namespace)

    def failed() -> Any:
        answer = stage.create_raw("secrets?dryRun=All", SECRET)
        return answer if answer["kind"] == "Status" else None

    return refused(wait_until(failed, "the namespace's end"))


def object_invalid(stage: Stage) -> Observed:
    secret = {**SECRET, "metadata": {"name": "Not_A_Name"}}
    return refused(stage.create_raw("secrets", secret))


def secret_too_large(stage: Stage) -> Observed:
    data = {"snapshot.tar.gz": base64.b64encode(bytes(1_100_000)).decode()}
    return refused(stage.create_raw("secrets", {**SECRET, "data": data}))


def request_too_large(stage: Stage) -> Observed:
    data = {"snapshot.tar.gz": base64.b64encode(bytes(4_000_000)).decode()}
    return refused(stage.create_raw("secrets", {**SECRET, "data": data}))


def kind_missing(stage: Stage) -> Observed:
    path = f"/apis/longboat.test/v1/namespaces/{stage.namespace}/trainjobs"
    return refused(stage.raw(path, "POST", SECRET))


RECIPES = {
    "quota-for-pods": quota_for_pods,
    "quota-for-a-pod": quota_for_a_pod,
    "quota-for-secrets": quota_for_secrets,
    "quota-wants-limits": quota_wants_limits,
    "quota-for-tfjob": quota_for_tfjob,
    "limit-range": limit_range,
    "pod-security-of-a-pod": pod_security_of_a_pod,
    "pod-security-of-pods": pod_security_of_pods,
    "service-account-missing": service_account_missing,
    "forbidden": forbidden,
    "forbidden-trainjob": forbidden_trainjob,
    "unauthorized": unauthorized,
    "webhook-denial": webhook_denial,
    "webhook-gone": webhook_gone,
    "policy-denial": policy_denial,
    "namespace-missing": namespace_missing,
    "namespace-ending": namespace_ending,
    "object-invalid": object_invalid,
    "secret-too-large": secret_too_large,
    "request-too-large": request_too_large,
    "kind-missing": kind_missing,
}
