"""Everything a person can get wrong, in one table: what is answered, and that nothing changed."""
