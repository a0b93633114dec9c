"""A client of TicketRemaster's public API, and a story told with it."""
