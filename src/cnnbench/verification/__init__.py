"""Are the files what they should be: by dvc.lock, their checksums, the rules of the split, and expected figures?"""
