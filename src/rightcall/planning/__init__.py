"""What to do next. In: a Program and calls. Out: a Plan, and its report."""
