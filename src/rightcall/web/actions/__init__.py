"""Every write: one transaction each, with its audit row inside, and what screens are told on commit."""
