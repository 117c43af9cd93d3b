"""How work on many sources is spread: the parameters ``engine``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator


class EngineSettings(BaseModel):
    """Where and how widely work is spread, and where finished results are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["loky", "dask"] = Field(
        default="loky", description="loky: processes of this machine; dask: a Dask cluster"
    )
    n_jobs: Annotated[StrictInt, Field(ge=-1)] = Field(
        default=-1,
        description="processes, or workers of a Dask cluster on this machine; -1: one per core",
    )
    scheduler: str | None = Field(
        default=None,
        description="address of a running Dask scheduler; null starts a cluster on this machine",
    )
    cache: Path | None = Field(
        default=None, description="folder of finished results and downloads; null keeps none"
    )
    shards: Annotated[StrictInt, Field(ge=1)] = Field(
        default=1, description="in how many shares the catalogue is split, one for each machine"
    )
    shard: Annotated[StrictInt, Field(ge=0)] = Field(
        default=0, description="which share this run does, counted from 0"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.n_jobs == 0:
            raise ValueError("n_jobs is 0: give a number of processes, or -1")
        if self.scheduler is not None and self.backend != "dask":
            raise ValueError("scheduler is Dask's: set engine.backend to dask")
        if self.shard >= self.shards:
            raise ValueError(f"shard is {self.shard}: give a number from 0 to {self.shards - 1}")
        return self

    @property
    def downloads(self) -> Path | None:
        """Folder of what public services gave."""
        return self.cache and self.cache / "downloads"

    @property
    def is_share(self) -> bool:
        """Whether this run does only a share of the catalogue."""
        return self.shards > 1
