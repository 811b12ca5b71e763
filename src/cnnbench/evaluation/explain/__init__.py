"""Inside a Keras network: Grad-CAM, feature maps, the table of layers."""

from cnnbench.evaluation.explain.heat import grad_cam
from cnnbench.evaluation.explain.layer_hooks import has_convolution
from cnnbench.evaluation.explain.layer_table import layers
from cnnbench.evaluation.explain.maps import feature_maps

__all__ = ["feature_maps", "grad_cam", "has_convolution", "layers"]
