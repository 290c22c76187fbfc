"""What stands below a cell of a notebook: tables, a job's card, updated in place."""
