import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.training import check_recipes
from bentjets.learning.training.recipes import make_optimizer, make_scheduler


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": {"class": "Adan", "lr": 1e-3}}, r"no class 'Adan': did you mean .*Adam"),
        ({"optimizer": {"class": "Adam", "learning_rate": 1}}, "learning_rate"),
        ({"optimizer": {"class": "Adam", "lr": -1.0}}, "Invalid learning rate"),
        ({"scheduler": {"class": "StepLr"}}, "no class 'StepLr': did you mean StepLR"),
        ({"scheduler": {"class": "StepLR", "gamma": 0.1}}, "step_size"),
    ],
)
def test_what_torch_cannot_make_is_one_line(model_settings, changes, message):
    with pytest.raises(InputError, match=message) as caught:
        check_recipes(model_settings(**changes))
    assert str(caught.value).startswith(f"model test_resnet: {next(iter(changes))}: ")
    assert "\n" not in str(caught.value)


def test_optimizer_and_schedule_are_made_with_their_arguments(model_settings):
    model = model_settings(
        optimizer={"class": "SGD", "lr": 0.5, "momentum": 0.9},
        scheduler={"class": "StepLR", "step_size": 3, "gamma": 0.1},
    )
    optimizer = make_optimizer(model, [torch.nn.Parameter(torch.zeros(2))])
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.defaults["lr"] == 0.5 and optimizer.defaults["momentum"] == 0.9
    schedule = make_scheduler(model, optimizer)
    assert isinstance(schedule, torch.optim.lr_scheduler.StepLR) and schedule.step_size == 3


def test_a_model_may_have_no_schedule(model_settings):
    check_recipes(model_settings(scheduler=None))
    model = model_settings()
    assert (
        make_scheduler(model, make_optimizer(model, [torch.nn.Parameter(torch.zeros(1))])) is None
    )
