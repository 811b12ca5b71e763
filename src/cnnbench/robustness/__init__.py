"""Networks on corrupted test images: reports/corruptions/<run>/."""
