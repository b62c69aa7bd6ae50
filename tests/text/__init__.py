"""Names and texts of other people, and phrases of messages."""
