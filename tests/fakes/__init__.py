"""Providers played in processes of their own: they speak HTTP and know nothing of our code."""
