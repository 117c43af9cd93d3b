import numpy as np
import pandas as pd
import pytest
import timm
import torch
from torch.nn import functional

import bentjets.learning.networks.architectures  # noqa: F401 - timm learns its names
from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.data.transforms import normalise, orient_all
from bentjets.learning.evaluation.attention import attend, choose_examples
from bentjets.learning.evaluation.predicting import predict
from bentjets.learning.networks import Description, TrainedNetwork
from bentjets.learning.networks.dihedral import Dihedral
from bentjets.learning.settings import ImageSettings

CLASSES = ("upright", "lying")
SIZE, SIDE = 64, 16
AREA = SIDE**2 / SIZE**2
SMALL_SWIN = {
    "img_size": SIZE,
    "window_size": 4,
    "embed_dim": 16,
    "depths": (1, 1),
    "num_heads": (2, 2),
}
SMALL_VIT = {"img_size": SIZE, "patch_size": 8, "depth": 3}
FAMILIES = {
    "six convolutions": ("bentjets_six_conv", {}),
    "ResNet": ("test_resnet", {}),
    "ConvNeXt": ("test_convnext", {}),
    "ViT, class token": ("test_vit", SMALL_VIT),
    "ViT, averaged": ("test_vit", SMALL_VIT | {"global_pool": "avg", "class_token": False}),
    "Swin": ("swin_tiny_patch4_window7_224", SMALL_SWIN),
}


def draw_patches(n, seed):
    """Noise, a striped patch, upright or lying by the label, and one as bright without stripes."""
    random = np.random.default_rng(seed)
    images = 0.15 * random.random((n, 1, SIZE, SIZE), dtype=np.float32)
    labels, inside = np.arange(n) % 2, np.zeros((n, SIZE, SIZE), dtype=bool)
    stripes = np.tile(0.8 * (np.arange(SIDE) // 2 % 2), (SIDE, 1)).astype(np.float32)
    for image, label, where in zip(images[:, 0], labels, inside, strict=True):
        patch, plain = random.choice((SIZE // SIDE) ** 2, 2, replace=False)
        row, column = SIDE * (patch // 4), SIDE * (patch % 4)
        image[row : row + SIDE, column : column + SIDE] += stripes.T if label else stripes
        where[row : row + SIDE, column : column + SIDE] = True
        row, column = SIDE * (plain // 4), SIDE * (plain % 4)
        image[row : row + SIDE, column : column + SIDE] += 0.4
    names = tuple(f"source{i}" for i in range(n))
    return ImageStack(images, labels, names, CLASSES), inside


def make(family, *, seed=0, symmetry="none", **description):
    name, options = FAMILIES[family]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = timm.create_model(name, num_classes=2, in_chans=1, **options)
    network = Dihedral(network) if symmetry == "dihedral" else network
    return TrainedNetwork(
        network.eval(),
        Description(
            format=1,
            classes=CLASSES,
            images=ImageSettings(),
            image_size=SIZE,
            channels=1,
            mean=0.15,
            std=0.2,
            symmetry=symmetry,
            **description,
        ),
    )


def train(trained, stack, epochs=12):
    described, network = trained.description, trained.network.train()
    images = normalise(torch.from_numpy(stack.images), 1, described.mean, described.std)
    labels = torch.from_numpy(stack.labels)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(epoch))
        losses = []
        for some in order.split(32):
            loss = functional.cross_entropy(network(images[some]), labels[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if np.mean(losses) < 0.05:
            break
    network.eval()
    return trained


@pytest.fixture(scope="module", params=FAMILIES)
def patched(request):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        trained = train(make(request.param), draw_patches(512, 0)[0])
    yield request.param, trained
    torch.set_num_threads(before)


def to_maps(table):
    return np.array(table["attention"].tolist()).reshape(-1, SIZE, SIZE)


def correlate(maps, others):
    pairs = zip(maps.reshape(len(maps), -1), others.reshape(len(maps), -1), strict=True)
    return np.array([np.corrcoef(one, other)[0, 1] for one, other in pairs])


def test_the_map_lies_on_the_planted_patch(patched):
    family, trained = patched
    images, inside = draw_patches(16, 5)
    table = attend(trained, images, range(16))
    maps = to_maps(table)
    shares = (maps * inside).sum((1, 2)) / maps.sum((1, 2))
    for seed in range(9, 15):
        random = to_maps(attend(make(family, seed=seed), images, range(16)))
        sr = (random * inside).sum((1, 2)) / random.sum((1, 2))
        print(family, (table.predicted == table.label).mean(), np.median(shares) / AREA, shares.min() / AREA, np.round(np.median(correlate(maps, random)),2), np.median(sr)/AREA)
