#!/bin/bash
# test-ranks-network.sh DEEPFM [RATE...]: trains on two machines, which are network namespaces of this one with an
# address each and a cable between them, by Open MPI's mpirun over TCP:
#   - to the bytes of one process, with the tables on each machine and with a share of their rows on each;
#   - until the cable is cut: an error within seconds, no rank left, and the checkpoint is gone on from.
# With rates (1gbit 100mbit, as tc writes them) prints what steps take over a cable of each.
# Where there may be no network namespaces it says so and does nothing.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "$1")
rates=("${@:2}")
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
a=deepfm-a-$$ b=deepfm-b-$$

skip() {
  say "Skipped: $*"
  exit 0
}

scripts/install.sh openmpi-bin iproute2 procps
ip netns add "$a" 2>"$work/why" || skip "no network namespaces here ($(cat "$work/why"))"

clean() {
  # Whatever is left in a namespace is this script's.
  for machine in "$a" "$b"; do
    ip netns pids "$machine" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$machine" 2>/dev/null || true
  done
  finish
}
trap clean EXIT

ip netns add "$b"
ip link add cable netns "$a" type veth peer name cable netns "$b" ||
  skip "no pairs of virtual network devices here"
address=1
for machine in "$a" "$b"; do
  ip -n "$machine" addr add "10.93.0.$address/24" dev cable
  ip -n "$machine" link set lo up
  ip -n "$machine" link set cable up
  address=$((address + 1))
done

# Stands for ssh: ADDRESS COMMAND... runs it on the second machine, under a host name of its own.
cat >"$work/agent" <<END
#!/bin/sh
shift
exec ip netns exec $b unshare --uts sh -c 'hostname second; exec sh -c "\$0"' "\$*"
END
chmod +x "$work/agent"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# One core a machine.
export POCL_MAX_PTHREAD_COUNT=1

# on_both WORD...: a command on both machines. mpirun itself asks after a silent machine every few seconds.
on_both() {
  ip netns exec "$a" unshare --uts sh -c 'hostname first; exec "$@"' sh \
    mpirun --mca plm_rsh_agent "$work/agent" --host 10.93.0.1,10.93.0.2 -n 2 --bind-to none \
    --mca pml ob1 --mca btl tcp,self -x POCL_MAX_PTHREAD_COUNT \
    --mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 3 \
    "$@"
}

training=("$deepfm" train --train "$work/log.csv" --split none --model deepfm-d --device cpu
  --dropout 0.1 --patience 0 --virtual-ranks 8 --batch-size 1024 --epochs 3)

same() { cmp "$work/$1/model.deepfm" "$work/$2/model.deepfm" || die "another model: $1 and $2"; }

whole() {
  "$deepfm" generate --rows 20000 --out "$work/log.csv"
  "${training[@]}" --out "$work/one"
}

over_the_cable() {
  on_both "${training[@]}" --out "$work/two"
  same one two
}

# running: whether a rank is at work on one of the machines.
running() { ps -o args= -p "$(cat <(ip netns pids "$a") <(ip netns pids "$b") | paste -sd,)" 2>/dev/null |
  grep -q "^$deepfm train"; }

shared_tables() {
  "${training[@]}" --tables touched --out "$work/touched"
  on_both "${training[@]}" --tables touched --tables-in ranks --out "$work/shared"
  same touched shared
}

cut() {
  local resumable=("${training[@]}" --checkpoint 0s --resume --out "$work/cut") job start
  on_both "${resumable[@]}" >"$work/said" 2>&1 &
  job=$!
  until [[ -e $work/cut.partial/checkpoint/state.json ]]; do
    kill -0 "$job" || die "ended before the cable was cut: $(cat "$work/said")"
    sleep 0.1
  done
  ip -n "$b" link set cable down
  start=$SECONDS
  while running; do
    ((SECONDS - start < 30)) || die "a rank still runs $((SECONDS - start)) s after the cut"
    sleep 0.2
  done
  say "No rank is left $((SECONDS - start)) s after the cut."
  ! wait "$job" || die "mpirun calls a training that was cut a success"
  say "mpirun has ended $((SECONDS - start)) s after the cut:"
  grep -E 'lost communication|found nothing of rank' "$work/said" >&2 ||
    die "no clear error: $(cat "$work/said")"
  ip -n "$b" link set cable up
  "${resumable[@]}"
  same one cut
}

at_rate() {
  local rate
  for rate in "${rates[@]}"; do
    for machine in "$a" "$b"; do
      ip netns exec "$machine" tc qdisc replace dev cable root tbf rate "$rate" burst 256kb latency 100ms
    done
    say "$rate: $(on_both "${training[@]}" --batch-size 8192 --epochs 2 --overwrite --out "$work/rate" \
      2>/dev/null | tail -2)"
  done
}

step "One process" whole
step "Two machines" over_the_cable
step "Two machines with a share of the tables' rows each" shared_tables
step "The cable is cut" cut
((${#rates[@]} == 0)) || step "Slower cables" at_rate
