#!/bin/bash
# One part per task of a Slurm array: sbatch slurm.sh, then brownout merge part-*.json
# Lost tasks alone: sbatch --array=3,7 slurm.sh. PARTS stays what it was.
#SBATCH --job-name=brownout
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
set -euo pipefail
PARTS=16

srun brownout simulate scenario.toml --trials 100000000 --quiet \
  --threads "$SLURM_CPUS_PER_TASK" --shard "$SLURM_ARRAY_TASK_ID/$PARTS" -o "part-$SLURM_ARRAY_TASK_ID.json"
