import pytest

from bentjets.errors import InputError
from bentjets.learning.settings import TrainingSettings


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
        (
            {"weights": "simulated", "optimizer": {"class": "AdamW"}},
            "optimizer.lr is missing: weights are simulated",
        ),
        ({"optimizer": {"class": ""}}, "optimizer.class is '': give a text"),
        ({"scheduler": {"class": 3}}, "scheduler.class is 3: give a text"),
        ({"views": 4}, "views is 4: give 1 or 8"),
        ({"symmetry": "diedral"}, "symmetry is 'diedral': give 'none' or 'dihedral'"),
        ({"images": {"crop": 96}}, "images.crop is unknown: did you mean crop_px?"),
        ({"images": {"crop_px": 4}}, "images.crop_px is 4: give a number of at least 8"),
        ({"training": {"epoch": 3}}, "training.epoch is unknown: did you mean epochs?"),
        ({"training": {"epochs": 0}}, "training.epochs is 0: give a number of at least 1"),
    ],
)
def test_wrong_model_settings_say_what_to_do(model_settings, changes, message):
    with pytest.raises(InputError) as caught:
        model_settings(**changes)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ({"mask": "none"}, "mask 'none' needs source: cutouts"),
        ({"stretch": "sqrt"}, "stretch needs source: cutouts"),
        (
            {"source": "cutouts", "stretch": ["linear", "sqrt"]},
            "images.stretch names 2 stretches for 1 channels",
        ),
    ],
)
def test_settings_that_do_not_go_together(model_settings, images, message):
    with pytest.raises(InputError, match=message) as caught:
        model_settings(images=images)
    assert "\n" not in str(caught.value)


def test_one_stretch_is_a_text_and_several_are_a_list(model_settings):
    one = model_settings(images={"source": "cutouts", "stretch": "sqrt"}).images
    assert one.stretch == ("sqrt",)
    several = {"source": "cutouts", "stretch": ["linear", "asinh"]}
    assert model_settings(images=several, channels=2).images.stretch == ("linear", "asinh")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"precision": "bf16"},
            "precision is 'bf16': give 'auto', '32-true', 'bf16-mixed' or '16-mixed'",
        ),
        ({"epochs": 0}, "epochs is 0: give a number of at least 1"),
        ({"batch_size": 1.5}, "batch_size is 1.5: give a whole number"),
        ({"patience": 0}, "patience is 0: give a number of at least 1"),
        ({"rotate": "all"}, "rotate is 'all': give 'none', 'quarter' or 'any'"),
        ({"average": 1.0}, "average is 1.0: give a number"),
        ({"class_weights": 1}, "class_weights is 1: give true or false"),
        ({"epoch": 3}, "epoch is unknown: did you mean epochs?"),
    ],
)
def test_wrong_training_settings_say_what_to_do(training_settings, changes, message):
    with pytest.raises(InputError) as caught:
        training_settings(**changes)
    assert str(caught.value).startswith(message)


def test_a_model_may_switch_patience_off(model_settings):
    changed = model_settings(training={"patience": None, "epochs": 60}).training
    assert changed.model_dump(exclude_unset=True) == {"patience": None, "epochs": 60}


def test_a_recipe_is_a_class_and_its_arguments(model_settings):
    recipe = model_settings(optimizer={"class": "SGD", "lr": 0.1, "nesterov": True}).optimizer
    assert recipe.class_name == "SGD"
    assert recipe.arguments == {"lr": 0.1, "nesterov": True}


def test_a_share_of_the_learning_rate_changes_nothing_else(model_settings):
    model = model_settings(optimizer={"class": "SGD", "lr": 0.1, "nesterov": True})
    gentle = model.at_rate(0.1)
    assert gentle.optimizer.arguments == {"lr": pytest.approx(0.01), "nesterov": True}
    assert gentle.optimizer.class_name == "SGD"
    assert gentle.model_copy(update={"optimizer": model.optimizer}) == model


@pytest.mark.parametrize(
    ("steps", "n", "epochs"),
    [(None, 100, 20), (3000, 352, 273), (3000, 100_000, 20), (1, 100, 20), (81, 32, 81)],
)
def test_few_images_are_learnt_from_for_more_epochs(steps, n, epochs):
    settings = TrainingSettings(
        epochs=20, steps=steps, batch_size=32, patience=None, precision="auto", rotate="any"
    )
    assert settings.of_images(n).epochs == epochs
