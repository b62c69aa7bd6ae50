"""What a server does with a models.config that anybody wrote."""
