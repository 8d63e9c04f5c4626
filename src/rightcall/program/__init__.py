"""What the city decided. In: program.toml. Out: a Program, frozen and validated, with every mistake by line."""
