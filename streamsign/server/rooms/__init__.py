"""The rooms of the server: their names in addresses, and the titles that the owner gives them."""
