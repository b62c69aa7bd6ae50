"""Wrong answers that do not count: pods that serve the version on give them too.

The probe of a policy may change under what is served. What has answered well in a pod stays there,
whatever it answers later. A fresh pod would take it out, and so each pod that replaces another one
would serve less: until it has been ready once, it does as those do that serve.
"""

from msgspec.structs import replace

from generator.agent.decide.observation import Observation
from generator.agent.decide.standing import NewVersion, has_proven, was_ready
from generator.agent.decide.wave import Wave
from generator.serving.wave_state import Peer


def excusing(pod: Observation, wave: Wave) -> Observation:
    """Return *pod* with the wrong answers excused that others give which serve the version."""
    rules = wave.rules
    if rules is None or wave.was_ready:
        return pod

    def serves_so(peer: Peer, version: NewVersion) -> bool:
        tells = peer.wave is not None and version.key in peer.wave.wrong
        return tells and was_ready(peer) and has_proven(peer, version, rules)

    found = set()
    for key in pod.probed.answered_wrongly & pod.contents.keys():
        version = NewVersion(key, pod.contents[key].digest, pod.generation, wave.template)
        if any(serves_so(peer, version) for peer in pod.view.peers):
            found.add(key)
    if not found:
        return pod
    return replace(pod, probed=replace(pod.probed, excused=frozenset(found)))
