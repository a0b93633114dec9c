"""The description of the public API, made of the services' schemas and kong.yml."""
