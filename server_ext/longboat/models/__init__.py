"""Model versions: registered once, never changed, found by name and number."""
