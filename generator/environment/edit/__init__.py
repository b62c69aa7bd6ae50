"""Edit the text of an environment, and leave the rest of the file alone."""
