"""Tools of all rooms that know nothing of the subject: errors, files, progress bars."""
