"""A user's own images: `folder` lists what `own_files` finds at the path, by its form.

    image_folder    a folder per class (folder_layout knows parts of a split and what is no class, by folder_names)
    image_table     a table that lists the files (user_table reads it, table_paths finds them)
    arrays          NumPy files (array_files, array_labels)
    parquet_images  Parquet files with images in them

Labels become classes by label_map, as params.yaml says; class_names refuses two names of one class, and class_order
says which is the positive one.
"""
