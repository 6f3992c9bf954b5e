"""Who may do what: tokens, sessions of paired phones, and the rooms they are for."""
