"""Known export layouts, one TOML document each; see CONTRIBUTING for how to add one."""
