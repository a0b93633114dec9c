"""The flows of the scenarios, in their words."""
