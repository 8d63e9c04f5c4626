"""What it adds up to. In: calls, decisions, unit times. Out: measures, each with its definition and interval."""
