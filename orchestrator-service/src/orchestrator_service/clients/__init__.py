"""The only ones who know that there is a network between us and the services."""
