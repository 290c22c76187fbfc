"""Jobs: how one is submitted, the pure decision what to do next, the controller that does it."""
