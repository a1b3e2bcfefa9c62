"""Sportello beside the programs that one would otherwise use: `make bench-nlu`, not part of CI."""
