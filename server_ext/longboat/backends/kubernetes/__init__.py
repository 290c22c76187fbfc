"""Jobs on a Kubernetes cluster: render, send, observe."""
