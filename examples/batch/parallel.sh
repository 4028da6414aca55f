#!/bin/bash
# Eight parts with GNU parallel, on the cores of one machine:
#   bash parallel.sh sweep scenario.toml --order 2
# On several machines: add --sshlogin host-1,host-2 --workdir . where they share this folder.
# Started again, it does what is missing: a part that is done ends at once from what it has kept.
set -euo pipefail
PARTS=8

seq "$PARTS" | parallel --retries 3 \
  brownout "$@" --quiet --threads 1 \
  --shard {}/"$PARTS" -o part-{}.json --checkpoint kept-{}.json --resume
brownout merge part-*.json
