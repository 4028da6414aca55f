#!/usr/bin/env bash
# A sweep in eight parts on a Slurm cluster of one node on loopback, with the job file of examples/batch: one
# part is killed, is said to be missing, is submitted again; the bytes are those of one run.
#   tests/slurm.sh [PROGRAM]
# Debian's slurm-wlm and munge are installed where that may be done: with apt, as root. Elsewhere, without
# them, nothing is run, which is said. The cluster lives in a folder of its own and ends with this script.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/debug/brownout}")
job=$PWD/examples/batch/slurm.sh

is_there() { command -v munged slurmctld slurmd sbatch >/dev/null 2>&1; }
if [ "$(id -u)" = 0 ] && ! is_there && command -v apt-get >/dev/null; then
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null || true
fi
if [ "$(id -u)" != 0 ] || ! is_there; then
    echo "NOT RUN: tests/slurm.sh, which needs root, and Slurm or apt" >&2
    exit 0
fi

home=$(mktemp -d /tmp/brownout-slurm.XXXXXX)
chmod 755 "$home"
daemons=()
end() {
    for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$home"
}
trap end EXIT
say() { echo "slurm.sh: $*" >&2; }
fail() {
    say "$*"
    tail -n 20 "$home"/*.log "$home"/work/slurm-*.out >&2 2>/dev/null || true
    exit 1
}
# Where the daemons themselves do not start, that says nothing about parts.
not_here() {
    say "NOT RUN: $*"
    tail -n 20 "$home"/*.log >&2 2>/dev/null || true
    exit 0
}
# Waits until a command says yes, for so many tenths of a second.
until_so() {
    local tenths=$1
    shift
    for ((i = 0; i < tenths; i++)); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    return 1
}

mkdir -p "$home/state" "$home/spool" "$home/work"
dd if=/dev/urandom of="$home/munge.key" bs=128 count=1 2>/dev/null
chmod 400 "$home/munge.key"
host=$(hostname -s)
# Any two ports that nobody listens to.
ports=($(python3 - <<'PY'
import socket
held = [socket.socket() for _ in range(2)]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
))
cat >"$home/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
CommunicationParameters=NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$home/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/slurmctld.log
SlurmdLogFile=$home/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SchedulerParameters=sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$home/slurm.conf
munged --foreground --force --key-file="$home/munge.key" --socket="$home/munge.socket" \
    --pid-file="$home/munged.pid" --seed-file="$home/munge.seed" --log-file="$home/munged.log" 2>/dev/null &
daemons+=($!)
until_so 100 test -S "$home/munge.socket" || not_here "munged does not start"
slurmctld -D -f "$SLURM_CONF" >"$home/slurmctld.out.log" 2>&1 &
daemons+=($!)
slurmd -D -f "$SLURM_CONF" -N "$host" >"$home/slurmd.out.log" 2>&1 &
daemons+=($!)
is_idle() { [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]; }
until_so 300 is_idle || not_here "the node does not come up: $(sinfo 2>&1)"

mkdir "$home/bin"
ln -s "$program" "$home/bin/brownout"
export PATH=$home/bin:$PATH
cd "$home/work"
brownout generate --components "${COMPONENTS:-250}" -o estate >/dev/null
sweep=(sweep estate --order 3)
first=$(sbatch --parsable "$job" "${sweep[@]}")
state() { squeue -h -o %T -j "$1" 2>/dev/null; }
runs() { [ "$(state "${first}_3")" = RUNNING ]; }
# As a machine that is lost: nobody asks the program to end.
kills() {
    local pid job step
    runs || return 1
    while read -r pid job step _; do
        if [ "$step" = 0 ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = brownout ]; then
            kill -KILL "$pid"
            return
        fi
    done < <(scontrol listpids "$(squeue -h -o %A -j "${first}_3")" 2>/dev/null)
    return 1
}
until_so 600 kills || fail "part 3 never runs"
is_over() { [ -z "$(squeue -h 2>/dev/null)" ]; }
until_so 900 is_over || fail "the parts do not end"
[ ! -e part-3.json ] || fail "part 3 was killed and is there: $(head -c 300 part-3.json)"
code=0
brownout parts part-*.json >parts.txt || code=$?
[ "$code" = 3 ] || fail "\`parts\` ends with $code"
grep -q '^7 of 8 parts of the sweep done; 1 missing' parts.txt || fail "$(cat parts.txt)"
grep -q -- '--shard 3/8 -o part-3.json' parts.txt || fail "$(cat parts.txt)"
code=0
brownout merge part-*.json >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "\`merge\` without part 3 ends with $code"
sbatch --parsable --array=3 "$job" "${sweep[@]}" >/dev/null
until_so 900 is_over || fail "part 3 does not end"
brownout parts part-*.json >parts.txt || fail "$(cat parts.txt)"
for format in text json csv; do
    brownout merge part-*.json --format "$format" >merged
    brownout "${sweep[@]}" --quiet --format "$format" >whole
    cmp merged whole || fail "eight parts are not one run, as $format"
done
say "a sweep of $(wc -c <whole) bytes as csv in eight parts, one killed and done again: as one run"
