"""What all services share; it knows no word of the domain and imports no service."""
