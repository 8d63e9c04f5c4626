"""The center's CAD: what goes back to it, and the folders that its files are put into."""
