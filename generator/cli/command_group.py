"""The commands by name, each loaded when it is called: `--help` knows their first sentences."""

from collections.abc import Mapping
from importlib import import_module

import click

from generator.cli import frame

SENTENCES: Mapping[str, str] = {
    "agent": "Bring one server to what Git says, in steps that it survives.",
    "catalog": "List the model versions proven complete, and what is held and why.",
    "check": "Check files of environments and of servers: schema, contradictions, "
    "unsafe combinations.",
    "completion": "Print the script by which SHELL completes commands, environments and models.",
    "demo": "Play the whole story in DIR, on a local folder store and a local Git repository.",
    "doctor": "Look at all that a sync needs, and at what a careful operator would change.",
    "explain": "Tell for each version of MODEL whether ENV serves it, and why.",
    "help": "Show the help of COMMAND, or of the program.",
    "history": "List the commits that changed what ENV serves, or one MODEL of it.",
    "index": "Declare the versions in MODEL_DIR complete: write their index file to the store.",
    "init": "Scaffold a fleet in DIR: environments, and what delivers and guards them.",
    "label": "Let labels of MODEL name other versions in ENV.",
    "plan": "Show what a sync would do, and why.",
    "promote": "Pin a version that one environment serves in the policy of another one.",
    "pull": "Download the versions that a lock names.",
    "render": "Render ENV into a folder, as a sync would into the repository.",
    "report": "Write the fleet page: what each ENV serves, holds and waits for, and why.",
    "rollback": "Pin the versions and labels that MODEL had in ENV before its last change.",
    "status": "Show what each ENV serves, since when, and what waits.",
    "sync": "Bring the delivery repository to what the policy asks for.",
    "verify": "Wait until all pods of an environment serve one commit.",
    "version": "Show the version, and what a report of a bug should name beside it.",
}
"""By command: the first sentence of its help. A test compares."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Every day": ("plan", "sync", "status", "report", "explain", "history", "catalog"),
    "Publish, and change the policy": ("index", "promote", "label", "rollback"),
    "Set up, and check": ("init", "check", "doctor", "render", "demo"),
    "In pods and jobs": ("agent", "pull", "verify"),
    "The program": ("completion", "help", "version"),
}
"""The commands by what they are for, as help lists them: what is used most comes first."""

_MODULES = {"help": "help_command"}
"""Those whose module and function have another name."""


class CommandGroup(click.Group):
    """A group whose commands are modules of `generator.cli.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of all commands, sorted."""
        return sorted(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loaded, or None if there is none of that name."""
        if cmd_name in SENTENCES and cmd_name not in self.commands:
            name = _MODULES.get(cmd_name, cmd_name)
            module = import_module(f"generator.cli.commands.{name}")
            self.add_command(getattr(module, name))
        return super().get_command(ctx, cmd_name)

    def loaded(self) -> Mapping[str, click.Command]:
        """Return all commands by name, each loaded."""
        context = click.Context(self)
        found = {name: self.get_command(context, name) for name in SENTENCES}
        return {name: command for name, command in found.items() if command is not None}

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, which takes the options of the program too."""
        cmd.params.extend(frame.options())
        super().add_command(cmd, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands by what they are for, each with its whole first sentence."""
        widest = max(map(len, SENTENCES))
        for title, names in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), SENTENCES[name]) for name in names])
