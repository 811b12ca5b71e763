"""The cache step: stored images or rows as TFRecords, fold by fold."""
