"""Jobs in TensorBoard: their metrics as event files, and its process."""
