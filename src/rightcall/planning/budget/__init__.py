"""The budget of a program: fiscal years, lines of cost, sources of money, and which source pays what."""
