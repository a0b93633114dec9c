"""Measures TicketRemaster from outside, and the floor beside it."""
