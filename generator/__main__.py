"""`python -m generator` is `tfs-gitops`."""

from generator.cli import main

main()
