#!/bin/bash
# One shard per task of a Slurm array: sbatch slurm.sh, then brownout merge part-*.json
#SBATCH --job-name=brownout
#SBATCH --array=0-15
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
set -euo pipefail

srun brownout simulate scenario.toml --trials 100000000 --quiet \
  --threads "$SLURM_CPUS_PER_TASK" --shard auto -o "part-$SLURM_ARRAY_TASK_ID.json"
