"""Runs the script of a stage: python -m cnnbench.core.launch train mnist-mnist_cnn.

Its imports take seconds: an interrupt or a full disk must show as one line there, too.
"""

from cnnbench.core import interrupts


def main() -> None:
    """Runs stages/<first argument>.py with the other arguments, as Python itself would."""
    with interrupts.handled():
        import gc
        import runpy
        import sys

        from cnnbench.core import project
        from cnnbench.core.errors import one_line

        script = str(project.shipped() / "stages" / f"{sys.argv[1]}.py")
        sys.argv = [script, *sys.argv[2:]]
        with one_line():
            project.add_plug_ins()
            runpy.run_path(script, run_name="__main__")
        # Python would look through all of TensorFlow for garbage, several times, before it ends: 1.2 s of CPU
        gc.freeze()


if __name__ == "__main__":
    main()
