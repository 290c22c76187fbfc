"""What the operating system gives: durable files, identities of processes, locks."""
