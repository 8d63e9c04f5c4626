"""The one numbered line of migrations."""
