"""What must hold across the services, judged page by page."""
