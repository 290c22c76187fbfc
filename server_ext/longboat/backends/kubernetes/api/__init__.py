"""What Longboat asks of a cluster's API server, and how: credentials, HTTP, watches, logs."""
