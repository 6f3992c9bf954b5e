"""Recording hands with the phone: consent, takes, review, archives. Nothing is stored without a consent that lasts."""
