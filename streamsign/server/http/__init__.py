"""What every HTTP request passes: limits, deadlines, refusals, headers and problem details."""
