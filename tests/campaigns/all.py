"""The campaigns that there are, by name, in the order of docs/reliability.md."""

from collections.abc import Mapping

from tests.campaigns.campaign import Campaign
from tests.campaigns.crowds import CROWDS
from tests.campaigns.faults import FAULTS
from tests.campaigns.full_disks import FULL_DISKS
from tests.campaigns.fuzz import FUZZ
from tests.campaigns.kills import KILLS
from tests.campaigns.lies import LIES
from tests.campaigns.rollouts import ROLLOUTS

CAMPAIGNS: Mapping[str, Campaign] = {
    one.name: one for one in (KILLS, FAULTS, LIES, CROWDS, FULL_DISKS, FUZZ, ROLLOUTS)
}
