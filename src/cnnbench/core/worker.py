"""A process that computes one function of item after item, for `workers`: pickles in, pickles out."""

from __future__ import annotations

import os
import pickle
import sys
import traceback


def main() -> None:
    """Reads the function, then items, until their sender closes the pipe or ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    function = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the process that started this one
    while True:
        try:
            item = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the process that started this one
        except EOFError:
            return
        try:
            answer = pickle.dumps((function(item), None), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # any: whoever asked raises it
            error.add_note("".join(traceback.format_tb(error.__traceback__)))
            answer = pickle.dumps((None, error))
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    main()
