"""Kedro's project settings."""

from kedro.config import OmegaConfigLoader
from omegaconf.resolvers import oc

from bentjets.hooks import ProjectHooks


def beside(root: str, suffix: str) -> str:
    """Give a path beside a folder, however the folder is written: ``/x/`` is ``/x``."""
    return root.rstrip("/") + suffix


HOOKS = (ProjectHooks(),)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment states only what differs from base, down to single keys.
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {"oc.env": oc.env, "beside": beside},
}
