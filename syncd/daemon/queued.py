"""Messages between processes and machines, by an RQ queue on Redis (`SYNCD_REDIS_URL`).

A message is the name of a feed, as JSON, under an id made of it: one waits however often it is sent. RQ's own workers
and its cron have no part in it. Where Redis is gone, was flushed or restarted, workers look at the jobs by themselves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DequeueTimeout, DuplicateJobError
from rq.serializers import JSONSerializer

#: Seconds after which a message that nobody took is gone: whoever it was for has looked by then.
LASTS = 60

_SLICE = 1  # seconds; a process that is told to stop hears of it between two of them


class Queued:
    """Messages by a queue; `said` is told when Redis is gone, and when it is back."""

    def __init__(self, url: str, name: str, said: Callable[[str], None]) -> None:
        """Connect when first used."""
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._queue = Queue(name, connection=self._redis, serializer=JSONSerializer)
        self._said, self._is_gone = said, False
        self._woken = threading.Event()

    def send(self, about: str) -> None:
        """Say that there is a job about something, unless that is said already."""
        try:
            self._queue.enqueue(
                "syncd.daemon.queued.heard", about, job_id=f"{self._queue.name}-{about}", unique=True, ttl=LASTS
            )
        except DuplicateJobError:
            return
        except RedisError:
            self._note(is_gone=True)
        else:
            self._note(is_gone=False)

    def wait(self, seconds: float) -> None:
        """Wait for a message and take it away; without Redis, until `wake` or as long as it lasts."""
        until = time.monotonic() + seconds
        while not self._woken.is_set() and time.monotonic() < until:
            try:
                if self._take():
                    break
            except RedisError:
                self._note(is_gone=True)
                self._woken.wait(until - time.monotonic())
        self._woken.clear()

    def wake(self) -> None:
        """Let whoever waits here go on."""
        self._woken.set()

    def _take(self) -> bool:
        try:
            found = Queue.dequeue_any([self._queue], _SLICE, self._redis, serializer=JSONSerializer)
        except DequeueTimeout:
            found = None
        self._note(is_gone=False)
        if found is None:
            return False
        message, _ = found
        message.delete()
        self._redis.lrem(self._queue.intermediate_queue_key, 0, message.id)
        return True

    def _note(self, *, is_gone: bool) -> None:
        if is_gone is not self._is_gone:
            self._said("redis.gone" if is_gone else "redis.back")
        self._is_gone = is_gone


def heard(about: str) -> str:
    """Be what a message names, should a worker of RQ's own ever take it: the job is in the database."""
    return about
