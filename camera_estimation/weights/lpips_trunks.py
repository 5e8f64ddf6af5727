"""What LPIPS takes from torchvision's classifiers: their convolutions, and nothing of the layers after them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.weights.quiet import quiet_loading

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def lpips_trunk_shapes(net: str) -> dict[str, torch.Size]:
    """Of the tensors of an LPIPS net ("vgg", "alex", "squeeze"): torchvision's names, in the order of the library's."""
    import lpips
    import torch

    with quiet_loading(), torch.device("meta"):
        trunk = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False).net.state_dict()
    # The library names a layer slice2.5.weight that is features.5.weight in torchvision's files.
    return {"features." + name.partition(".")[2]: tensor.shape for name, tensor in trunk.items()}


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of torch's; only tensors are unpickled."""
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def holds_lpips_trunk(path: Path, net: str) -> bool:
    """Whether all tensors of the trunk are in the file, in their shapes, whatever else is or is not."""
    try:
        state = read_state_dict(path)
        return all(state[name].shape == shape for name, shape in lpips_trunk_shapes(net).items())
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, LookupError, AttributeError, TypeError):
        return False
