"""Outside services, a folder each. Nothing here knows the models."""
