"""Baselines, which each network has to beat: the commonest class or the mean, and simple models from scikit-learn."""
