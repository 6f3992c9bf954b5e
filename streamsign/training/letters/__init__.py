"""Training of the letter model: network, task, calibration, export and card."""
