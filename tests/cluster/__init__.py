"""A real single-node Kubernetes for the tests, from Go modules and Debian's containerd.

``python -m cluster up`` builds what it needs, makes a machine of namespaces (its own network,
mounts and processes) and runs etcd, the API server, the controllers and a kubelet in it. ``down``
kills the machine, and with it everything that it mounted, listened on or wrote into iptables.
"""
