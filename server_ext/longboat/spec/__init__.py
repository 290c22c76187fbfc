"""What people write: jobs, resources, services; validation that finds all problems at once."""
