"""Which calls are ours. In: calls and a Program. Out: decisions as sets of possible answers, with reasons."""
