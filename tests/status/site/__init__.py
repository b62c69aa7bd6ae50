"""The fleet page: the values that it shows, and the site as a browser would walk it."""
