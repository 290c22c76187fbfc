"""What every job backend promises, held against each of them."""
