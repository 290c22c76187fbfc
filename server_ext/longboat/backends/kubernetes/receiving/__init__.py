"""A replica's folder, rebuilt from what its pod printed or left on the volume."""
