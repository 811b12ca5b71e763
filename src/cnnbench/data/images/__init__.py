"""Images: bytes or arrays in, pixels of one form out, for split, cache and prediction alike.

decoding     files and arrays to uint8 pixels
pillow_file  what Pillow reads, in full depth; jpeg and png know their containers, orientation turns, hearing listens
dicom        by pydicom, optional
nifti        by nibabel, optional
scale        deep values to 8 bits by a range; ranges finds it, once for a data set
resizing     to the stored size
identity     the digest of an example
"""

from cnnbench.data.images.decoding import Decoded, decode, examine, look, prepare, prepare_new, read
from cnnbench.data.images.identity import digest
from cnnbench.data.images.resizing import resize

__all__ = ["Decoded", "decode", "digest", "examine", "look", "prepare", "prepare_new", "read", "resize"]
