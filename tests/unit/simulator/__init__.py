"""Random histories of a model world, moved by the real reconcile, controller and executor."""
