import pytest

from bentjets.errors import InputError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": "96"}, "image_size is '96': give a whole number"),
        ({"image_size": True}, "image_size is True: give a whole number"),
        ({"image_size": 0}, "image_size is 0: give a number of at least 1"),
        ({"weights": None}, "weights is None: give a text"),
        ({"imagesize": 96}, "imagesize is unknown: did you mean image_size?"),
        ({"optimizer": "Adam"}, "optimizer is 'Adam': give a mapping of settings"),
        ({"optimizer": {"lr": 1e-3}}, "optimizer.class is missing"),
        ({"optimizer": {"class": ""}}, "optimizer.class is '': give a text"),
        ({"scheduler": {"class": 3}}, "scheduler.class is 3: give a text"),
    ],
)
def test_wrong_model_settings_say_what_to_do(model_settings, changes, message):
    with pytest.raises(InputError) as caught:
        model_settings(**changes)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "bf16"}, "precision is 'bf16': give '32-true', 'bf16-mixed' or '16-mixed'"),
        ({"epochs": 0}, "epochs is 0: give a number of at least 1"),
        ({"batch_size": 1.5}, "batch_size is 1.5: give a whole number"),
        ({"random_orientation": 1}, "random_orientation is 1: give true or false"),
        ({"epoch": 3}, "epoch is unknown: did you mean epochs?"),
    ],
)
def test_wrong_training_settings_say_what_to_do(training_settings, changes, message):
    with pytest.raises(InputError) as caught:
        training_settings(**changes)
    assert str(caught.value).startswith(message)


def test_a_recipe_is_a_class_and_its_arguments(model_settings):
    recipe = model_settings(optimizer={"class": "SGD", "lr": 0.1, "nesterov": True}).optimizer
    assert recipe.class_name == "SGD"
    assert recipe.arguments == {"lr": 0.1, "nesterov": True}
