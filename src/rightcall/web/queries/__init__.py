"""Every read, with its access check."""
