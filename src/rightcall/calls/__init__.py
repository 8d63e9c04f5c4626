"""What came in. In: a CAD export, whatever its shape. Out: the calls table and unit times, every row accounted for, findings in words."""
