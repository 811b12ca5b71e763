"""What goes on in a Keras network: Grad-CAM, the maps of its layers, its layers as a table."""

from cnnbench.explaining.heat import grad_cam
from cnnbench.explaining.inside import has_convolution
from cnnbench.explaining.maps import feature_maps
from cnnbench.explaining.summary import layers

__all__ = ["feature_maps", "grad_cam", "has_convolution", "layers"]
