"""Names and texts of other people, made safe to print and to write; phrases of messages."""
