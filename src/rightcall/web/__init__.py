"""The running service: the only room that knows Django."""
