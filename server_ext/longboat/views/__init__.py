"""What people see of a job wherever text is shown: a terminal, a pipe, a notebook's output."""
