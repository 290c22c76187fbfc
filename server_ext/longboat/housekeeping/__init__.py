"""What a home holds, what of it nobody needs any more, and who removes that."""
