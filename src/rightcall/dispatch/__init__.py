"""Who goes: states of units and responses, travel, the choice of a unit, back-up."""
