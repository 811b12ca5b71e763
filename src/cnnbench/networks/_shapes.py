"""The shapes of a network's weights, apart from what only finds networks, which imports no Keras."""

from __future__ import annotations

from cnnbench import networks


def shapes(name: str) -> dict[str, tuple[int, ...]]:
    """The shapes of all weights below the head, in the layers' order, by layer and index as "stem_conv/0".

    Raises:
        UserError: There is no such network, or it takes no weights.
    """
    import keras

    # shapes alone: nothing is drawn
    with keras.StatelessScope(initialize_variables=False):
        model = networks.build(name, (224, 224, 3), 1, "linear", pretrained=True)
    keras.utils.clear_session()  # else Keras would draw them when it next leaves such a scope
    return {key: tuple(variable.shape) for key, variable in networks.body(model).items()}
