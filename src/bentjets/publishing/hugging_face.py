"""A release as a dataset repository of Hugging Face."""

from __future__ import annotations

from bentjets.errors import InputError, ServiceError
from bentjets.publishing.release_folder import ReleaseFolder

HUGGING_FACE = "https://huggingface.co"


def send_to_hugging_face(
    release: ReleaseFolder,
    *,
    name: str,
    token: str,
    public: bool = False,
    url: str = HUGGING_FACE,
) -> str:
    """Upload a release as one commit; files that an earlier try has brought are not sent again.

    Parameters
    ----------
    release : ReleaseFolder
        The release.
    name : str
        The repository, ``owner/name``; it is made if it is not there.
    token : str
        An access token that may write.
    public : bool
        Whether a repository that is made can be seen by everyone; else by its owner alone. One
        that exists stays as it is.
    url : str
        The hub.

    Returns
    -------
    str
        Address of the dataset.

    Raises
    ------
    InputError
        If the name is none that the hub takes.
    ServiceError
        If the hub cannot be reached, or refuses.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    hub = HfApi(endpoint=url, token=token)
    try:
        hub.create_repo(name, repo_type="dataset", private=not public, exist_ok=True)
        hub.upload_folder(
            repo_id=name,
            repo_type="dataset",
            folder_path=release.path,
            allow_patterns=release.names(),
            # What an older version had and this one has not.
            delete_patterns="*",
            commit_message="Release made by bentjets",
        )
    except HFValidationError as error:
        raise InputError(f"--name {name}: {error}") from error
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "no answer")
        raise ServiceError(
            f"{url} refused the upload (HTTP {status}): check that the token in conf/local/"
            f"credentials.yml may write to {name}; what has arrived is kept, run again to go on"
        ) from error
    # The hub's client makes a RuntimeError of a file that could not be sent.
    except (httpx2.HTTPError, OSError, RuntimeError) as error:
        raise ServiceError(
            f"The upload to {url} broke off ({type(error).__name__}): check the internet "
            "connection and run again; what has arrived is kept"
        ) from error
    return f"{url}/datasets/{name}"
