"""Whether one network is better than another, beyond chance."""
