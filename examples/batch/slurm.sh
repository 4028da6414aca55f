#!/bin/bash
# One part per task of a Slurm array, of a sweep, an assessment or a simulation:
#   sbatch slurm.sh sweep scenario.toml --order 2
# then brownout merge part-*.json; brownout parts part-*.json says what is missing.
# Lost tasks alone: sbatch --array=3,7 slurm.sh sweep scenario.toml --order 2. PARTS stays what it was.
# A minute before its time is up a task is told to end, keeps what it has, and goes on when it is
# submitted again. More parts or fewer: change PARTS and --array together.
#SBATCH --job-name=brownout
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=TERM@60
set -euo pipefail
PARTS=8

part=$SLURM_ARRAY_TASK_ID
exec srun brownout "$@" --quiet --threads "$SLURM_CPUS_PER_TASK" \
  --shard "$part/$PARTS" -o "part-$part.json" --checkpoint "kept-$part.json" --resume
