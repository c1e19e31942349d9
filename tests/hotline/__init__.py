"""Work orders of the hotline 95558."""
