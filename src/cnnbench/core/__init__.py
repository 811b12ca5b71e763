"""What every room uses and what knows nothing of the subject: errors, files written aside, progress, quiet."""
