"""The tables of sagas_db."""
