"""The objects of an attempt: their names, how they are rendered, what they say of themselves."""
