"""What a network computes on its way from the image to the answer, for any ``nn.Module``.

Everything here works with hooks on named layers: the network needs no methods of its own, is run in
evaluation mode, and is left as it was, also after an error. Images are floating-point numbers
``(N, C, H, W)``, scaled as the network was trained.
"""

from .attribution import class_activation_map, occlusion_map
from .features import PrincipalComponents, Selectivity, principal_components, selectivity
from .hooks import feature_maps, layer_names, without_channel
from .patches import Patch, exciting_patches

__all__ = [
    "Patch",
    "PrincipalComponents",
    "Selectivity",
    "class_activation_map",
    "exciting_patches",
    "feature_maps",
    "layer_names",
    "occlusion_map",
    "principal_components",
    "selectivity",
    "without_channel",
]
