"""Hides the messages of libraries while they are loaded, unless loading fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Captures the error output of the block, of native code too, and shows it only where the block raises.

    TensorFlow has no setting that silences all of its start-up messages.
    """
    # a file, since a pipe that nobody empties would block the writer once it is full
    with tempfile.TemporaryFile() as captured:
        # what Python still buffers was written before the block, so it belongs to the real stderr
        sys.stderr.flush()
        stderr = os.dup(2)
        # the descriptor, since native code does not write through sys.stderr
        os.dup2(captured.fileno(), 2)
        try:
            yield
        except Exception:  # an interrupt is told by one line of its own
            captured.seek(0)
            os.write(stderr, captured.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
