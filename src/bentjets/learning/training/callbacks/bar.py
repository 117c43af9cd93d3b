"""A bar on a terminal, which shows how far a run has come."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from bentjets.learning.training.callbacks.watch import Watch


class EpochBar(Callback):
    """A bar that counts epochs, with the latest losses and accuracies.

    Parameters
    ----------
    name : str
        The run's name.
    watch : Watch
        Whose history is shown.
    """

    def __init__(self, name: str, watch: Watch) -> None:
        self.name, self.watch = name, watch
        self.bar: Any = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the bar where there is a terminal."""
        from tqdm import tqdm

        self.bar = tqdm(
            total=trainer.max_epochs,
            initial=trainer.current_epoch,
            desc=self.name,
            unit="epoch",
            disable=None if trainer.is_global_zero else True,
        )

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count an epoch."""
        row = self.watch.rows[-1]
        shown = {key: f"{value:.3f}" for key, value in row.items() if key.endswith(("loss", "acy"))}
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self.bar.close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Close the bar, whatever happened."""
        if self.bar is not None:
            self.bar.close()
