"""The saga engine in a world where everything fails and every schedule repeats."""
