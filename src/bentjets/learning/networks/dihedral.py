"""A network that cannot tell how an image is turned or mirrored."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from bentjets.learning.data.transforms import N_ORIENTATIONS, orient_all


class Dihedral(nn.Module):
    """Pools the features of a backbone over the eight orientations of a square image.

    What its head sees is the same for an image and for each of its quarter turns and mirror
    images, to the last bits of rounding. It costs eight times the work of its backbone, whose
    weights it has, under their own names.

    Parameters
    ----------
    backbone
        A network of timm.
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone: Any = backbone

    def __getattr__(self, name: str) -> Any:
        """Answer for the backbone: what timm asks of a network (``pretrained_cfg``, ...)."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("backbone"), name)

    def forward_features(self, images: Tensor) -> Tensor:
        """Give what the backbone's head reads, before its dropout's turn, shape (n, features)."""
        views = self.backbone.forward_features(orient_all(images))
        pooled = self.backbone.forward_head(views, pre_logits=True)
        mean: Tensor = pooled.view(N_ORIENTATIONS, len(images), -1).mean(dim=0)
        return mean

    def forward_head(self, features: Tensor, pre_logits: bool = False) -> Tensor:
        """Give features or logits."""
        logits: Tensor = features if pre_logits else self.backbone.get_classifier()(features)
        return logits

    def forward(self, images: Tensor) -> Tensor:
        """Give the logits."""
        return self.forward_head(self.forward_features(images))
