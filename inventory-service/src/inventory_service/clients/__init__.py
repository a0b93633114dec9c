"""The only ones who know that there is a network."""
