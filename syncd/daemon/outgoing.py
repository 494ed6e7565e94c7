"""What a worker does beside its jobs: it looks whether anything is amiss, and sends what waits in the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors import FixFile, TryLater
from store.outbox import EffectState
from syncd.daemon.log import fault_of
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.daemon.worker import worker_name
from syncd.outside.causes import Watched
from syncd.outside.sending import Sending, send_next
from syncd.outside.watching import watch

#: Seconds between two looks.
LOOK = 10


@dataclass(slots=True)
class Outgoing:
    """Tells and sends until it is told to stop, or all there is now."""

    place: Place
    once: bool = False
    watched: Watched = field(default_factory=Watched)

    def go(self, stop: Stop) -> None:
        """Look, tell, send. A database that cannot be had and mistakes in files are met again at the next look."""
        while True:
            try:
                self._look(stop)
            except TryLater as error:
                if self.once:
                    raise
                self.place.troubled(error, "outgoing.later")
            except FixFile:
                if self.once:
                    raise
            except Exception as error:
                if self.once:
                    raise
                self.place.say("outgoing.fault", code=fault_of(error))  # the jobs beside it go on
            if self.once or stop.waited(LOOK):
                return

    def hurry(self) -> None:
        """What takes longer than its lease asks for more of it as it goes."""

    def leave(self) -> None:
        """What is being sent is sent again by the next sender, under the same key."""

    def _look(self, stop: Stop) -> None:
        world = self.place.world()
        for cause in watch(world, self.watched):
            self.place.say("alert.begins", cause=cause)
        while not stop.is_asked:
            done = send_next(world, worker_name())
            if done is None:
                return
            self._say(done)

    def _say(self, done: Sending) -> None:
        held = done.held
        what = {None: "lost", EffectState.SENT: "sent", EffectState.WAITING: "put_off"}.get(done.state, "failed")
        about = {"effect": f"E{held.id}", "kind": held.asked.kind, "to": held.asked.target}
        self.place.say(f"effect.{what}", **about, attempt=held.attempts, again=held.is_again or None, code=done.code)
