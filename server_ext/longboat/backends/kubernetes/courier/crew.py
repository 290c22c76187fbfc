"""All replicas of a live attempt, looked at together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.courier.member import Member
from longboat.backends.kubernetes.courier.surroundings import Surroundings
from longboat.backends.kubernetes.diagnosis.causes import Trouble
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.pods import Pod
from longboat.backends.kubernetes.receiving.readers import Readers
from longboat.backends.verdict import End
from longboat.explain.cause import Cause
from longboat.records.layout import AttemptDirectory
from longboat.spec.job import Replica

Pods = Mapping[Replica, Pod]


class Crew:
    """The members of an attempt, the leader first."""

    def __init__(
        self,
        directory: AttemptDirectory,
        facts: ClusterFacts,
        access: Access,
        readers: Readers | None,
        wake: Callable[[], None],
    ) -> None:
        """Go on from what is known of each; ``readers`` where there is a volume. Raises OSError."""
        self._members = [
            Member(each.replica, directory.replica(each.replica), facts, access, readers, wake)
            for each in facts.replicas
        ]

    @property
    def replicas(self) -> list[Replica]:
        """Their names."""
        return [member.replica for member in self._members]

    @property
    def ends(self) -> list[End]:
        """How those that have ended did."""
        return [member.end for member in self._members if member.end is not None]

    @property
    def any_began(self) -> bool:
        """Whether the user's code has been executed anywhere."""
        return any(member.began for member in self._members)

    @property
    def all_began(self) -> bool:
        """Whether it has been everywhere."""
        return all(member.began for member in self._members)

    @property
    def any_runs(self) -> bool:
        """Whether some are not known to have ended."""
        return any(member.may_run for member in self._members)

    @property
    def fetching(self) -> Replica | None:
        """One whose copy is being fetched from the volume."""
        return next((member.replica for member in self._members if member.fetching), None)

    @property
    def any_waits(self) -> bool:
        """Whether some container has not been started."""
        return any(member.waits for member in self._members)

    @property
    def told(self) -> set[str | None]:
        """The UIDs of the pods whose carriers have said that all is over."""
        return {member.uid for member in self._members if member.told}

    def look(self, pods: Pods, *, fresh: bool, over: Cause | None) -> None:
        """Take in all pods as they are now. See Member.look."""
        for member in self._members:
            member.look(pods.get(member.replica), fresh=fresh, over=over)

    def ask(self, at: float | None) -> None:
        """Note when they were told to end."""
        for member in self._members:
            member.asked_at = at

    def give_up_fetching(self, at: float) -> None:
        """See Member."""
        for member in self._members:
            member.give_up_fetching(at)

    def trouble(self, surroundings: Surroundings) -> Trouble | None:
        """What keeps one from beginning; what waiting cannot mend comes first."""
        nodes = surroundings.nodes
        found = [trouble for member in self._members if (trouble := member.trouble(nodes))]
        return next((each for each in found if each.hopeless), found[0] if found else None)

    def written(self, facts: ClusterFacts) -> ClusterFacts:
        """The facts with what is known of each."""
        return replace(
            facts,
            replicas=tuple(member.status for member in self._members),
            pods={str(member.replica): member.uid for member in self._members if member.uid},
            ends=tuple(self.ends),
            fetches={
                str(member.replica): member.fetching_since
                for member in self._members
                if member.fetching_since is not None
            },
        )

    def forget(self) -> None:
        """Have nothing left of what they wrote without coming to run the user's code."""
        for member in self._members:
            member.forget()

    def close(self) -> None:
        """Follow nothing any more."""
        for member in self._members:
            member.close()
