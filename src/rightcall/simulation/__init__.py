"""What would happen. In: a program, calls and times. Out: the tables of a simulated year."""
