from dataclasses import replace
from functools import cache

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
from bentjets.learning.evaluation.attention.maps import (
    attend,
    choose_examples,
    measure_contributions,
)
from bentjets.learning.evaluation.predicting import predict, predict_logits
from bentjets.learning.networks import Description, TrainedNetwork
from bentjets.learning.networks.dihedral import Dihedral
from bentjets.learning.settings import ImageSettings

CLASSES = ("upright", "lying", "none")
EMPTY = 2
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
    """Noise, a striped patch, upright or lying by the label, and a brighter one without."""
    random = np.random.default_rng(seed)
    images = 0.15 * random.random((n, 1, SIZE, SIZE), dtype=np.float32)
    labels, inside = np.arange(n) % 3, np.zeros((n, SIZE, SIZE), dtype=bool)
    stripes = np.tile(0.8 * (np.arange(SIDE) // 2 % 2), (SIDE, 1)).astype(np.float32)
    for image, label, where in zip(images[:, 0], labels, inside, strict=True):
        patch, plain = random.choice((SIZE // SIDE) ** 2, 2, replace=False)
        row, column = SIDE * (patch // 4), SIDE * (patch % 4)
        if label != EMPTY:
            image[row : row + SIDE, column : column + SIDE] += stripes.T if label else stripes
        where[row : row + SIDE, column : column + SIDE] = True
        row, column = SIDE * (plain // 4), SIDE * (plain % 4)
        image[row : row + SIDE, column : column + SIDE] += 0.8
    names = tuple(f"source{i}" for i in range(n))
    return ImageStack(images, labels, names, CLASSES), inside


def make(family, *, seed=0, symmetry="none", **description):
    name, options = FAMILIES[family]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = timm.create_model(name, num_classes=3, in_chans=1, **options)
    network = Dihedral(network) if symmetry == "dihedral" else network
    return wrap(network, symmetry=symmetry, **description)


def wrap(network, **changes):
    described = {
        "format": 1,
        "classes": CLASSES,
        "images": ImageSettings(),
        "image_size": SIZE,
        "channels": 1,
        "mean": 0.15,
        "std": 0.2,
    }
    return TrainedNetwork(network.eval(), Description(**described | changes))


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


@cache
def train_family(family):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return train(make(family), draw_patches(600, 0)[0])


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def to_maps(table):
    return np.array(table["attention"].tolist()).reshape(-1, SIZE, SIZE)


def correlate(maps, others):
    pairs = zip(maps.reshape(len(maps), -1), others.reshape(len(maps), -1), strict=True)
    # A flat map has no correlation with any.
    return np.array([np.corrcoef(a, b)[0, 1] if a.any() and b.any() else 0 for a, b in pairs])


def shares_inside(maps, inside):
    return (maps * inside).sum((1, 2)) / maps.sum((1, 2))


def test_the_map_lies_on_the_planted_patch(family):
    trained = train_family(family)
    images, inside = draw_patches(18, 5)
    striped = np.flatnonzero(images.labels != EMPTY)
    table = attend(trained, images, striped)
    assert (table["predicted"] == table["label"]).mean() > 0.9
    shares = shares_inside(to_maps(table), inside[striped])
    assert np.median(shares) > 4 * AREA
    assert shares.min() > 2 * AREA


def test_random_weights_give_another_map(family):
    images, _ = draw_patches(6, 5)
    maps = to_maps(attend(train_family(family), images, range(6)))
    others = [to_maps(attend(make(family, seed=seed), images, range(6))) for seed in (9, 10, 11)]
    assert np.mean([np.median(correlate(maps, other)) for other in others]) < 0.8


def test_shuffled_labels_give_another_map():
    images, inside = draw_patches(12, 5)
    striped = np.flatnonzero(images.labels != EMPTY)
    stack = draw_patches(300, 0)[0]
    shuffled = np.random.default_rng(2).permutation(stack.labels)
    mistaught = train(make("ResNet"), replace(stack, labels=shuffled), epochs=4)
    right = to_maps(attend(train_family("ResNet"), images, striped))
    wrong = to_maps(attend(mistaught, images, striped))
    assert np.median(correlate(right, wrong)) < 0.5
    shares = shares_inside(right, inside[striped]) - shares_inside(wrong, inside[striped])
    assert np.median(shares) > 2 * AREA


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vit_tiny_patch16_224", 96),
        ("mixer_s32_224", 64),
        ("eva02_tiny_patch14_224", 56),
        ("resmlp_12_224", 64),
        ("levit_128s", 64),
        ("xcit_nano_12_p16_224", 64),
    ],
)
def test_cells_of_any_network_sum_to_the_change_of_its_answer(name, size):
    options = {"img_size": size} if timm.get_pretrained_cfg(name).fixed_input_size else {}
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = timm.create_model(name, num_classes=2, in_chans=1, **options)
        heads = [module for module in network.modules() if getattr(module, "out_features", 0) == 2]
        for head in heads:  # some begin at zero, and would tell nothing
            torch.nn.init.normal_(head.weight)
    trained = wrap(network, image_size=size, classes=CLASSES[:2])
    images = np.random.default_rng(4).random((1, 1, size, size), dtype=np.float32)
    images = ImageStack(images, np.zeros(1, dtype=np.int64), ("a",), CLASSES[:2])
    logits = predict_logits(trained, images)
    predicted = logits.argmax(axis=1)
    empty = predict_logits(trained, replace(images, images=np.zeros_like(images.images)))
    sign = np.where(predicted == 0, 1, -1)
    change = sign * ((logits - empty)[:, 0] - (logits - empty)[:, 1])
    cells = np.array([cell.sum() for cell in measure_contributions(trained, images, predicted)])
    np.testing.assert_allclose(cells, change, rtol=0.02, atol=1e-3)
    np.testing.assert_array_equal(attend(trained, images, [0])["flat"], np.abs(change) < 0.01)


@pytest.mark.parametrize("how", [{"views": 8}, {"symmetry": "dihedral"}])
def test_maps_of_a_symmetric_answer_turn_with_the_image(how):
    trained = make("ResNet", **how)
    images = draw_patches(1, 5)[0]
    maps = to_maps(attend(trained, images, [0]))
    for turn in (turn_quarter, turn_quarter_and_mirror):
        turned = replace(images, images=turn(images.images).copy())
        found = to_maps(attend(trained, turned, [0]))
        np.testing.assert_allclose(found, turn(maps), atol=1e-3)


def turn_quarter(stack):
    return np.rot90(stack, 1, (-2, -1))


def turn_quarter_and_mirror(stack):
    return turn_quarter(stack)[..., ::-1]


@pytest.mark.parametrize("how", [{"views": 8}, {"symmetry": "dihedral"}])
def test_cells_of_all_views_sum_to_the_change_of_the_answer(how):
    trained = make("ResNet", **how)
    images = draw_patches(1, 5)[0]
    empty = replace(images, images=np.zeros_like(images.images))
    margins = [margin_of_first(trained, stack) for stack in (images, empty)]
    cells = measure_contributions(trained, images, np.zeros(1, dtype=np.int64))
    np.testing.assert_allclose(cells[0].sum(), margins[0] - margins[1], rtol=0.02)


def margin_of_first(trained, stack):
    """Mean over the views of log(p / (1 - p)) of the first class of the only image."""
    views = torch.from_numpy(stack.images)
    views = orient_all(views) if trained.description.views == 8 else views
    with torch.no_grad():
        logits = trained.network(normalise(views, 1, 0.15, 0.2))
    return float((logits[:, 0] - logits[:, 1:].logsumexp(dim=1)).mean())


def test_the_table_says_what_the_network_does():
    trained = make("ResNet")
    images, _ = draw_patches(4, 5)
    images = replace(images, labels=np.array([0, 1, -1, 2]))
    table = attend(trained, images, [2, 0])
    assert table["source_id"].tolist() == ["source2", "source0"]
    assert table["label"].tolist() == ["", "upright"]
    probabilities = predict(trained, images.select([2, 0]))
    np.testing.assert_allclose(table["probability"], probabilities.max(axis=1))
    assert table["predicted"].tolist() == [CLASSES[k] for k in probabilities.argmax(axis=1)]
    np.testing.assert_allclose(table["image"][0], images.images[2].ravel())
    maps = to_maps(table)
    assert (maps.min(), maps.max() <= 1, table["height"][0], table["width"][0]) == (0, True, 64, 64)
    assert all(parameter.grad is None for parameter in trained.network.parameters())
    assert len(attend(trained, images, [])) == 0


def test_a_network_that_looks_at_nothing_has_a_flat_map():
    trained = make("ResNet")
    torch.nn.init.zeros_(trained.network.get_classifier().weight)
    table = attend(trained, draw_patches(2, 5)[0], [0, 1])
    assert table["flat"].all()
    assert not to_maps(table).any()


def test_where_all_speaks_against_the_prediction_that_is_shown():
    trained = make("six convolutions")
    head = trained.network.get_classifier()
    with torch.no_grad():
        for weight in trained.network.parameters():
            weight.abs_()
        head.weight[1:] = 0
        head.weight[0] *= -1
        head.bias[0] = 1e6
    images, _ = draw_patches(2, 5)
    table = attend(trained, images, [0, 1])
    assert table["predicted"].tolist() == ["upright", "upright"]
    assert table["against"].all()
    assert not table["flat"].any()
    bright = images.images[:, 0] > 0.3
    assert (shares_inside(to_maps(table), bright) > 2 * bright.mean((1, 2))).all()


def test_examples_are_the_surest_right_then_the_surest_wrong():
    upright = np.array([0.6, 0.9, 0.8, 0.3, 0.1, 0.95])
    predictions = pd.DataFrame(
        {
            "label": ["upright", "upright", "upright", "lying", "lying", "lying"],
            "probability_lying": 1 - upright,
            "probability_upright": upright,
        },
        index=range(10, 16),
    )
    assert choose_examples(predictions, CLASSES[:2], 2) == [1, 2, 4, 3, 5]
    assert choose_examples(predictions[:0], CLASSES[:2], 2) == []


def test_row_outside():
    with pytest.raises(InputError, match="row 9"):
        attend(make("ResNet"), draw_patches(2, 0)[0], [9])
