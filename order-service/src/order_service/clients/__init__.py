"""Whom the order service's worker tells something, and where it hears of it."""
