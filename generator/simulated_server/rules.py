"""The rules of the server, each with a name, so that a test can switch it off."""

from enum import StrEnum


class Rule(StrEnum):
    """One thing that the real server does; its value says what.

    A server that is made `without` a rule does the harmless thing in its place.
    """

    # Reading and checking a configuration.
    LIST_STAYS_A_LIST = "a live list is never replaced by an empty or a custom configuration"
    EMPTY_FILE_STARTS = "a server starts from a file that says nothing, with no model"
    CUSTOM_CONFIG_CRASHES = "a custom configuration ends the process"
    EVERY_POLL_RELOADS = "each poll checks and applies the file again, changed or not"
    NAMES_ARE_UNIQUE = "a name listed twice refuses the file"
    PATHS_ARE_ABSOLUTE = "a base path that is relative or empty refuses the file"
    PLATFORM_IS_FIXED = "the platform of a listed model cannot change; the old list is read first"
    PLATFORM_IS_KNOWN = "a model with no platform, two, or an unknown one stops the reload"
    CONFIG_IS_KEPT_EARLY = "the new list counts as the old one even if a later step fails (W1, W2)"
    LOGGING_IS_REFUSED = "logging_config is an error, after the models have changed"

    # Labels.
    LABELS_MUST_BE_AVAILABLE = "a label points at a version that is AVAILABLE"
    NEW_LABELS_MAY_DANGLE = "with the flag, a label that is new or unchanged may point anywhere"
    LABELS_COME_FIRST = "a refused label keeps every other change of the file out (W5)"
    LABELS_MOVE_EARLY = "labels move even if a later step fails"

    # Looking for versions, and waiting for them.
    MISSING_PATH_STOPS_DISCOVERY = "one missing base path stops the look for all models (W4)"
    NOTHING_FOUND_UNLOADS = "a base path with none of the wanted versions unloads the model"
    REMOVED_MODELS_GO_AT_ONCE = "a model out of the list is unloaded without a look at the store"
    NEW_MODELS_ARE_AWAITED = "a reload waits for its new models, without limit (W3)"
    START_IS_AWAITED = "a first list waits for all of its models, without limit (W3)"
    ANY_END_ENDS_THE_WAIT = "the highest version that is AVAILABLE or END decides for a model"
    ONLY_FRESH_EVENTS_COUNT = "a reload does not see that a new model is loaded already (W6)"
    FAILED_FIRST_LIST_FORGETS = "a failed first list keeps its models and forgets them (W6)"
    POOL_IS_DRAINED = "a first list ends only when the loads that have begun end"

    # Loading and unloading.
    LOADS_ARE_RETRIED = "a load that fails is tried again after a pause"
    ENDED_STAYS_ENDED = "a version that failed is not tried again while it is wanted"
    REWANTED_IS_POSTPONED = "a request for a version that is on its way out waits (W7)"
    ONE_VERSION_STAYS = "the last served version stays until a wanted one is AVAILABLE"
    SURPLUS_GOES_AT_ONCE = "of several unwanted versions all but the highest go at once"
    INLINE_LOADS_BLOCK = "without load threads, a load holds up every other load and unload"
    LOADS_ARE_PACED = "one load or unload is begun each 100 ms"
    UNWANTED_LOADS_ARE_CANCELLED = "with load threads, an unwanted version is retried once at most"
    PAUSES_ARE_SLEPT_OUT = "a version that is dropped does not cut the pause before its next try"
    PAUSES_TAKE_THREADS = "between two tries of a load its thread does nothing else"
    QUEUED_LOADS_ARE_DONE = "a load that waits for a thread is done, wanted or not"
    CANCELLED_LOADS_END = "a load that ends well and is not wanted any more ends with CANCELLED"
