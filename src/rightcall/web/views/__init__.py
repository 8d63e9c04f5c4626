"""Pages: one call of an action or a query each."""
