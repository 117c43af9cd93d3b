"""The dataset card: what is in a release, how it came about, under which terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.learning.data import BENT_CLASSES, name_sample
from bentjets.learning.release.columns import PICTURES, describe_in_words
from bentjets.learning.release.facts import AUTOMATIC, METHOD, METHOD_URL, ReleaseFacts
from bentjets.learning.release.parquet import SPLITS
from bentjets.learning.release.terms import find_licence

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
_LARGER = "100K<n<1M"


def write_card(sources: pd.DataFrame, rejected: pd.DataFrame, facts: ReleaseFacts) -> str:
    """Tell in Markdown what the release holds and what was really done.

    Parameters
    ----------
    sources : DataFrame
        One row per source; ``morphology`` and ``split`` are counted.
    rejected : DataFrame
        One row per source that is not in it; ``reason`` is counted.
    facts : ReleaseFacts
        What is known of the release besides.

    Returns
    -------
    str
        ``README.md``, with Hugging Face's block of metadata on top.
    """
    sections = {
        "What is in it": _contents(sources, facts),
        "Where it comes from": _origin(facts),
        "Who looked at it": _review(facts),
        "What was left out": _rejections(rejected),
        "Splits and leaks": _leaks(facts),
        "Known problems": _problems(facts),
        "Columns": "\n".join(f"- `{name}`: {describe_in_words(str(name))}" for name in sources),
        "Terms and citation": _terms(facts),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
    return f"---\n{_metadata(sources, facts)}---\n\n# {facts.title}\n\n{body}\n"


def _metadata(sources: pd.DataFrame, facts: ReleaseFacts) -> str:
    import yaml  # type: ignore[import-untyped]

    licence = find_licence(facts.licence)
    terms: dict[str, Any] = {"license": licence.hugging_face} if licence else {"license": "other"}
    if not licence:
        terms |= {"license_name": "terms-of-the-survey", "license_link": "LICENSE"}
    present = [name for name in SPLITS if (sources["split"] == name).any()]
    size = next((words for limit, words in _SIZES if len(sources) < limit), _LARGER)
    block = {
        "pretty_name": facts.title,
        **terms,
        "task_categories": ["image-classification"],
        "tags": ["astronomy", "radio-astronomy", "radio-galaxies", "croissant"],
        "size_categories": [size],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": one, "path": f"data/{one}-*.parquet"} for one in present],
            }
        ],
    }
    return str(yaml.safe_dump(block, sort_keys=False, allow_unicode=True))


def _contents(sources: pd.DataFrame, facts: ReleaseFacts) -> str:
    counts = sources.groupby(["morphology", "split"]).size().unstack(fill_value=0)
    rows = "\n".join(
        f"| {name}{_in_words(name)} | `{facts.classes[name]}` | "
        + " | ".join(str(counts[split].get(name, 0) if split in counts else 0) for split in SPLITS)
        + " |"
        for name in facts.classes
    )
    pictures = "\n".join(f"- `{name}`: {describe_in_words(name)}" for name in PICTURES)
    return f"""{len(sources)} sources.

| class | code in the batches | {" | ".join(SPLITS)} |
|---|---|{"---|" * len(SPLITS)}
{rows}

- `data/`: Parquet, a row per source; `load_dataset` of Hugging Face reads the folder as it is.
- `batches/`: pickled batches in the form of the paper's, masked images in the order of FITS rows
  (the first is the south), labels as the codes above. Open pickles only if you trust their origin.
- `sources.vot`: the facts of all sources, for TOPCAT; `footprint.moc.fits`: the sky covered, for
  Aladin; `rejected.csv`: the sources left out, with facts and reasons.
- `croissant.json`: the description for programs; `python verify.py` checks every file.

Beside the facts of a source, its row holds:

{pictures}

The images run linearly from `stretch_min_jy_beam` (black) to `stretch_max_jy_beam` (white): the
`cutout` allows any other stretch."""


def _in_words(name: str) -> str:
    return f" ({BENT_CLASSES[name]})" if name in BENT_CLASSES else ""


def _origin(facts: ReleaseFacts) -> str:
    if facts.is_simulated:
        return (
            "**Simulated.** The images are drawn by a program: no telescope saw these sources. "
            "The labels are the simulation's own. Made with bentjets after the method of "
            f"{METHOD}; it is not the dataset of that paper, and none of its sources are in it."
        )
    return (
        f"Observed: survey {facts.survey}, sources and labels of the catalogue "
        f"{facts.catalogue}. Made with bentjets after the method of {METHOD}."
    )


def _review(facts: ReleaseFacts) -> str:
    votes = int(facts.agreement.get("n_votes") or 0)
    if facts.policy == AUTOMATIC:
        decided = "No expert decided: automatic checks accepted or rejected every source."
        if not votes:
            return f"{decided} Nobody looked at these images."
        decided += f" {len(facts.experts)} experts gave {votes} votes, which did not decide."
    else:
        decided = f"{len(facts.experts)} experts gave {votes} votes; the policy was {facts.policy}."
    agreement = [
        f"- {words}: {_interval(facts.agreement[name])}"
        for name, words in (
            ("percent_agreement", "percent agreement"),
            ("cohen_kappa", "Cohen's kappa"),
            ("fleiss_kappa", "Fleiss' kappa"),
        )
        if _value(facts.agreement.get(name)) is not None
    ]
    consent = [f"Consent of the experts: {facts.consent}"] if facts.consent else []
    return "\n\n".join([decided, *(["\n".join(agreement)] if agreement else []), *consent])


def _value(given: Any) -> float | None:
    value = given.get("value") if isinstance(given, Mapping) else given
    return None if value is None or math.isnan(value) else float(value)


def _interval(given: Any) -> str:
    value = f"{_value(given):.3f}"
    if isinstance(given, Mapping) and {"low", "high"} <= given.keys():
        return f"{value} (95 % interval {given['low']:.3f} to {given['high']:.3f})"
    return value


def _rejections(rejected: pd.DataFrame) -> str:
    if rejected.empty:
        return "No source was left out."
    # Numbers in a reason are of one source; what comes before them is of many.
    kinds = rejected["reason"].fillna("not stated").str.split(r"\d", regex=True).str[0].str.strip()
    lines = [f"- {kind}: {count}" for kind, count in kinds.value_counts(sort=False).items()]
    return f"{len(rejected)} sources, by the beginning of the reason:\n\n" + "\n".join(lines)


def _leaks(facts: ReleaseFacts) -> str:
    checked = (
        "Pairs that overlap on the sky or share position, image, name or group were looked for"
    )
    if not facts.leaks:
        return f"{checked}: none stands in training and test at once."
    lines = "\n".join(f"- {kind}: {count} pairs" for kind, count in sorted(facts.leaks.items()))
    return f"{checked}; these stand in training and test at once:\n\n{lines}"


def _problems(facts: ReleaseFacts) -> str:
    problems = [
        "8-bit images clip nothing, but a bright neighbour takes the range from a faint source.",
        "Images are turned by quarter turns only: `rotation_deg` says how far north is from up.",
        "Opening angles are measured by a program; their errors are in the next column.",
    ]
    if facts.is_simulated:
        problems.append("A network trained on this sky alone has not seen a real source.")
    else:
        problems.append(
            "Labels are one catalogue's opinion: two catalogues agree on WAT and NAT in three of "
            "four sources that they share."
            if {*facts.classes} <= {*BENT_CLASSES}
            else "Labels are one catalogue's opinion."
        )
    return "\n".join(f"- {one}" for one in problems)


def _terms(facts: ReleaseFacts) -> str:
    stated = facts.licence.strip() or "not stated: nobody has leave to use these images"
    others = "".join(f"- {sentence}\n" for sentence in facts.citations)
    return (
        f"Licence of the images of {name_sample(facts.classes)}: {stated} (see `LICENSE`).\n\n"
        f"Please cite this release (`CITATION.cff`) and the method ({METHOD_URL}):\n\n"
        f"```bibtex\n{facts.citation}\n```"
        + (f"\n\nand what it was made of:\n\n{others.rstrip()}" if others else "")
    )
