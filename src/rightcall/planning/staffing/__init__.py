"""From demand to people: units needed, shifts, rotations, people, employers."""
