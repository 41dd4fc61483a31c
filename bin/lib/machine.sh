# Sourced by bin/verify and bin/aiwm demo: finds and installs the programs they need, and starts a container engine of their
# own. The caller defines say MESSAGE.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin

have() { command -v "$1" >/dev/null 2>&1; }

# missing_packages PROGRAM:PACKAGE[|PACKAGE]...: prints the packages of the programs that are not here, each once. Of several
# packages the first that apt knows is taken, because releases of Debian name them differently; else the last.
missing_packages() {
  local pair package choice
  for pair in "$@"; do
    have "${pair%%:*}" && continue
    choice=${pair##*[:|]}
    for package in $(tr '|' ' ' <<<"${pair#*:}"); do
      if [[ $(apt-cache policy "$package" 2>/dev/null) == *"Candidate: "[!\(]* ]]; then choice=$package && break; fi
    done
    echo "$choice"
  done | sort -u
}

may_install() { [ "$(id -u)" = 0 ] && have apt-get; }

# quietly COMMAND...: shows what it printed only when it fails
quietly() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || { tail -20 "$log" >&2 && rm -f "$log" && say "failed: $*" && return 1; }
  rm -f "$log"
}

refresh_packages() { quietly apt-get update -q; }

# install_packages PACKAGE...: without starting the services in them: what is needed is started by the caller, and stopped again
install_packages() ( # a shell of its own, whose end, however it comes, takes the file away again
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  fi
  quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
)

engine_answers() { docker version >/dev/null 2>&1; }

# start_engine FOLDER [OPTION OF DOCKERD...]: starts an engine with all that it writes in FOLDER, and sets DOCKER_HOST.
# It listens on a socket in FOLDER and on no network.
start_engine() {
  local path
  engine_folder=$1 engine_pid="" engine_mounted="" engine_left=()
  shift
  for path in /run/docker/plugins /run/docker /run/containerd/s /run/containerd /etc/docker/key.json /etc/docker; do
    [ -e "$path" ] || engine_left+=("$path") # wherever its folders are, it makes these
  done
  if ! grep -q ' cgroup2\? ' /proc/mounts; then
    if mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null; then engine_mounted=/sys/fs/cgroup; else
      say "no control groups are mounted; the engine may refuse to start"
    fi
  fi
  export DOCKER_HOST=unix://$engine_folder/docker.sock
  # its own session: Ctrl-C is for the caller, which still needs the engine to clean up
  setsid dockerd --data-root "$engine_folder/data" --exec-root "$engine_folder/exec" --pidfile "$engine_folder/docker.pid" \
    --host "$DOCKER_HOST" "$@" >"$engine_folder/log" 2>&1 </dev/null &
  engine_pid=$!
  for _ in $(seq 60); do
    engine_answers && return
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 1
  done
  if kill -0 "$engine_pid" 2>/dev/null; then say "the engine does not answer:"; else say "the engine did not start:"; fi
  tail -5 "$engine_folder/log" >&2
  return 1
}

# stop_engine: ends what start_engine began, and removes its folder
stop_engine() {
  local path
  [ -n "${engine_folder:-}" ] || return 0
  if [ -n "$engine_pid" ]; then
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
  fi
  grep -o " $engine_folder[^ ]*" /proc/mounts | sort -r | xargs -r umount -l 2>/dev/null || true
  [ -z "$engine_mounted" ] || umount "$engine_mounted" 2>/dev/null || true
  rm -rf "$engine_folder"
  for path in "${engine_left[@]}"; do rm -d "$path" 2>/dev/null || true; done
  engine_folder=
}
