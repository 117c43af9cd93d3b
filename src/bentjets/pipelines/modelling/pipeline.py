"""Wiring of the modelling pipeline."""

from collections.abc import Sequence

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.modelling.nodes import evaluate_model, explain_model, train_model


def create_pipeline(models: Sequence[str]) -> Pipeline:
    """Repeat the one way of training and testing for every model, under the model's name."""
    return sum((_create_model_pipeline(model) for model in models), Pipeline([]))


def _create_model_pipeline(model: str) -> Pipeline:
    template = Pipeline(
        [
            node(
                train_model,
                inputs={
                    "batches": "batches",
                    "model": "params:model",
                    "modelling": "params:modelling",
                    "classes": "params:classes",
                    "seed": "params:seed",
                },
                outputs=["network", "history"],
                name="train_model",
            ),
            node(
                evaluate_model,
                inputs=["network", "batches", "params:modelling", "params:classes"],
                outputs=["predictions", "metrics"],
                name="evaluate_model",
            ),
            node(
                explain_model,
                inputs=["network", "batches", "predictions", "params:modelling", "params:classes"],
                outputs="attention",
                name="explain_model",
            ),
        ]
    )
    return Pipeline(
        template,
        namespace=model,
        tags=model,
        inputs="batches",
        parameters={
            "params:model": f"params:models.{model}",
            "params:modelling": "params:modelling",
            "params:classes": "params:classes",
            "params:seed": "params:seed",
        },
    )
