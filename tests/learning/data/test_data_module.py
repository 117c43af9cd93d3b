import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bentjets.learning.data.data_module import EpochBatches, ImageDataModule
from bentjets.learning.training.record import stream_seed
from learners import draw_bars, make_training


def batches_of(n, size, epoch=0, rank=0, processes=1):
    batches = EpochBatches(n, size, stream_seed, rank, processes)
    batches.set_epoch(epoch)
    found = [batch.tolist() for batch in batches]
    assert len(found) == len(batches)
    return found


@given(st.integers(1, 70), st.integers(1, 20), st.integers(0, 5))
def test_an_epoch_has_every_image_once_but_a_last_single_one(n, size, epoch):
    found = batches_of(n, size, epoch)
    rows = [row for batch in found for row in batch]
    left_out = n > size > 1 and n % size == 1
    assert len(rows) == len(set(rows)) == n - left_out
    assert all(len(batch) == size for batch in found[:-1])
    assert found == batches_of(n, size, epoch)


def test_epochs_differ_in_their_order():
    assert batches_of(32, 8, 0) != batches_of(32, 8, 1)


@given(st.integers(8, 70), st.integers(4, 20), st.integers(2, 4))
def test_processes_share_each_batch_evenly(n, size, processes):
    shares = [batches_of(n, size, 3, rank, processes) for rank in range(processes)]
    whole = batches_of(n, size, 3)
    for together in zip(*shares, strict=True):
        assert len({len(batch) for batch in together}) == 1 and together[0]
        rows = [row for batch in together for row in batch]
        assert len(rows) == len(set(rows))
        assert any(set(rows) <= set(batch) for batch in whole)


def make_module(**changes):
    images = draw_bars(20, 0)
    return images, ImageDataModule(
        images,
        make_training(batch_size=8, **changes),
        channels=3,
        mean=0.2,
        std=0.5,
        seed_of_epoch=stream_seed,
    )


def test_batches_hold_images_and_their_labels():
    images, module = make_module()
    loader = module.train_dataloader()
    loader.sampler.set_epoch(0)
    rows = batches_of(20, 8, 0)
    loader.sampler.set_epoch(0)
    sizes = []
    for pixels, labels in loader:
        sizes.append(len(labels))
        for image, label in zip(pixels, labels, strict=True):
            row = next(i for i in range(20) if (images.images[i] == image.numpy()).all())
            assert images.labels[row] == label
    assert sizes == [len(batch) for batch in rows] == [8, 8, 4]


def test_batches_are_brought_to_the_networks_scale_and_moved_anew_each_epoch():
    images, module = make_module()
    batch = torch.from_numpy(images.images[:8]), torch.from_numpy(images.labels[:8])
    scaled, labels = module.on_after_batch_transfer(batch, 0)
    assert scaled.shape == (8, 3, 32, 32) and torch.equal(labels, batch[1])
    torch.testing.assert_close(scaled[:, 1:2], (batch[0] - 0.2) / 0.5)
    _, moving = make_module(rotate="any")
    sampler, seen = moving.train_dataloader().sampler, []
    for epoch in (0, 1, 0):
        sampler.set_epoch(epoch)
        seen.append(moving.on_after_batch_transfer(batch, 0)[0])
    assert torch.equal(seen[0], seen[2]) and not torch.equal(seen[0], seen[1])


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_pass_over_the_images_takes_nothing_from_the_networks_stream(epoch):
    _, module = make_module()
    loader = module.train_dataloader()
    loader.sampler.set_epoch(epoch)
    before = torch.get_rng_state()
    list(loader)
    assert torch.equal(before, torch.get_rng_state())
