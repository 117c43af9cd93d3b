"""Who may vote: tokens, the sessions that they open, and how much a session may do."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_IDLE_S = 12 * 3600.0
_MOST_SESSIONS = 1000
_VOTES_PER_S = 50.0
_TOKENS_BURST, _TOKENS_PER_S = 20.0, 1.0

Clock = Callable[[], float]


def make_token(key: bytes, expert: str) -> str:
    """Derive the token of an expert from the server's key, the same after every start."""
    return hmac.new(key, expert.encode(), hashlib.sha256).hexdigest()


class RateLimit:
    """A bucket of permits that fills again with time.

    Parameters
    ----------
    burst
        Most permits at once.
    per_s
        New permits per second.
    clock
        Gives seconds.
    """

    def __init__(self, burst: float, per_s: float, clock: Clock = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._left, self._at = burst, clock()

    def take(self) -> bool:
        """Take a permit, if there is one."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass
class Session:
    """An expert at a browser."""

    expert: str
    used_at: float
    votes: RateLimit = field(repr=False)


class Sessions:
    """The open sessions; they end after twelve hours without a request.

    Parameters
    ----------
    tokens
        The token of each expert. Empty: the page opens a session by itself, for the one expert.
    experts
        Their names.
    clock
        Gives seconds.
    """

    def __init__(
        self, experts: tuple[str, ...], tokens: Mapping[str, str], clock: Clock = time.monotonic
    ) -> None:
        self._experts, self._tokens, self._clock = experts, dict(tokens), clock
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._tries = RateLimit(_TOKENS_BURST, _TOKENS_PER_S, clock)

    @property
    def need_token(self) -> bool:
        """Whether a session is opened with a token only."""
        return bool(self._tokens)

    def may_try(self) -> bool:
        """Tell whether another token may be tried now."""
        with self._lock:
            return self._tries.take()

    def open(self, token: str | None = None) -> str | None:
        """Open a session, and give the secret of its cookie; None where the token is wrong."""
        expert = self._experts[0] if not self._tokens else self._expert_of(token or "")
        if expert is None:
            return None
        now, secret = self._clock(), secrets.token_urlsafe(32)
        with self._lock:
            self._forget(now)
            limit = RateLimit(_VOTES_PER_S, _VOTES_PER_S, self._clock)
            self._open[secret] = Session(expert, now, limit)
        return secret

    def find(self, secret: str | None) -> Session | None:
        """Give the session of a cookie, and note that it is in use."""
        now = self._clock()
        with self._lock:
            session = self._open.get(secret or "")
            if session is None or now - session.used_at > _IDLE_S:
                return None
            session.used_at = now
            return session

    def close(self, secret: str | None) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(secret or "", None)

    def _expert_of(self, token: str) -> str | None:
        found = None
        for expert, right in self._tokens.items():
            # Every one is compared, whether or not one was right.
            if hmac.compare_digest(right.encode(), token.encode()):
                found = expert
        return found

    def _forget(self, now: float) -> None:
        ended = [one for one, session in self._open.items() if now - session.used_at > _IDLE_S]
        surplus = len(self._open) - len(ended) - _MOST_SESSIONS + 1
        if surplus > 0:
            oldest = sorted(self._open, key=lambda one: self._open[one].used_at)
            ended += [one for one in oldest if one not in ended][:surplus]
        for one in ended:
            del self._open[one]
