"""The process that carries what happens on a cluster into the run directories."""
