#!/usr/bin/env bash
# docs-prelude.sh COMMANDS: runs the commands of a page of docs/ in the working directory, which looks like a checkout.
# What such a page takes for granted is here in small: each machine is a folder with a root of its own, sudo and systemctl
# work below that root, scp copies between the folders, and names and ports are those of this run.
# Needs DOCS_HTTP_PORT, DOCS_TLS_PORT, DOCS_WEB_PORT and DOCS_WEB_PORT_2, each free, and DOCS_NAME, which nobody else uses.
set -euo pipefail
checkout=$PWD
ROOT=$checkout/root
mkdir -p "$ROOT"
export AIWM_HTTP_PORT=$DOCS_HTTP_PORT AIWM_ADDR=http://127.0.0.1:$DOCS_HTTP_PORT NODE_ID=gpu-1 PATH=$PATH:/usr/sbin:/sbin
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

stop_all() {
  for file in "$checkout"/*.pid "$checkout"/*/*.pid; do
    [ -f "$file" ] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    tail --pid="$(cat "$file")" -f /dev/null
  done
  [ ! -f "$checkout/base.image" ] || command docker image rm -f "$(cat "$checkout/base.image")" >/dev/null || true
}
trap stop_all EXIT

# names and ports of this run, and paths below the root of the machine
adapt() {
  sed -e "s#127\.0\.0\.1:3003#127.0.0.1:$DOCS_HTTP_PORT#g" \
    -e "s#\(https\|wss\)://aiwm\.example\.org#\1://localhost:$DOCS_TLS_PORT#g" -e 's#aiwm\.example\.org#localhost#g' \
    -e "s#listen 443 ssl#listen 127.0.0.1:$DOCS_TLS_PORT ssl#" -e "s#\"hostPort\":8080#\"hostPort\":$DOCS_WEB_PORT#" \
    -e "s#\"hostPort\": 18080#\"hostPort\": $DOCS_WEB_PORT_2#" "$@"
}

# begin NAME WORD COMMAND...: in the background, until its log has the word; once
begin() {
  local name=$1 word=$2
  shift 2
  [ ! -f "$ROOT/../$name.pid" ] || return 0 # another page has begun it
  "$@" >"$ROOT/$name.log" 2>&1 &
  echo $! >"$ROOT/../$name.pid"
  for _ in $(seq 600); do
    if grep -q "$word" "$ROOT/$name.log"; then cat "$ROOT/$name.log" && return; fi
    kill -0 "$(cat "$ROOT/../$name.pid")" 2>/dev/null || break
    sleep 0.1
  done
  echo "$name did not get so far:" && cat "$ROOT/$name.log" && return 1
}

end() {
  local file=$ROOT/../$1.pid
  kill "$(cat "$file")" && tail --pid="$(cat "$file")" -f /dev/null && rm "$file"
}

# a controller that is in a cluster
member() {
  AIWM_CLUSTER_ENABLED=true begin controller 'is ready' bin/aiwm controller
}

unit() {
  local file=$ROOT/etc/systemd/system/$1.service state
  state=$(sed -n 's/^StateDirectory=//p' "$file")
  mkdir -p "$ROOT/var/lib/$state"
  cd "$ROOT/var/lib/$state"
  set -a
  eval "$(sed -n 's/^Environment=//p' "$file")"
  for each in $(sed -n 's/^EnvironmentFile=-\?//p' "$file"); do
    # shellcheck disable=SC1090 # lines of VARIABLE=value
    [ ! -f "$each" ] || . "$each"
  done
  set +a
  # shellcheck disable=SC2046 # words
  exec $(sed -n "s#^ExecStart=/usr/bin/java#$java#p" "$file")
}

start_unit() {
  case $1 in
    *worker) begin "$1" 'registered as node' unit "$1" ;;
    *) begin "$1" 'is ready' unit "$1" ;;
  esac
}

systemctl() {
  case "$*" in
    daemon-reload) ;;
    'reload nginx') begin nginx 'start worker process' nginx -c "$ROOT/nginx.conf" ;;
    'enable --now '*) start_unit "$3" ;;
    'disable --now '*) end "$3" ;;
    'restart '*) end "$2" && start_unit "$2" ;;
    *) echo "systemctl $*: not known here" && return 1 ;;
  esac
}

sudo() {
  local words=() word
  for word in "$@"; do
    case $word in /etc/* | /opt/* | /var/lib/*) word=$ROOT$word ;; esac
    words+=("$word")
  done
  case ${words[0]} in
    useradd) [[ " ${words[*]} " == *" --system "* ]] ;;
    systemctl) systemctl "${words[@]:1}" ;;
    nginx)
      cat >"$ROOT/nginx.conf" <<CONF
daemon off; user root; error_log stderr notice; pid $ROOT/nginx.run;
events {}
http { access_log off; client_body_temp_path $ROOT/b; proxy_temp_path $ROOT/p; fastcgi_temp_path $ROOT/f; uwsgi_temp_path $ROOT/u;
  scgi_temp_path $ROOT/s; include $ROOT/etc/nginx/conf.d/*.conf; }
CONF
      command nginx -c "$ROOT/nginx.conf" "${words[@]:1}"
      ;;
    install)
      command "${words[@]}"
      case ${words[-1]} in
        *.jar | *.pem) ;;
        *) adapt -i -e "s#\([ =]-\?\)/\(etc\|opt\|var/lib\)/#\1$ROOT/\2/#g" "${words[-1]}" ;;
      esac
      ;;
    *) "${words[@]}" ;;
  esac
}

scp() {
  local to=$checkout/${*: -1}
  mkdir -p "${to%:}" && cp "${@:1:$#-1}" "${to%:}"
}

# on MACHINE: the commands that follow in this shell are run there
on() {
  ROOT=$checkout/$1/root
  mkdir -p "$ROOT" && cd "$checkout/$1"
}

# what the engine keeps gets names of this run, and the base of the image is made here
docker() {
  local words=() word
  for word in "$@"; do
    case $word in
      aiwm | aiwm-controller | aiwm-worker | aiwm-data) word=$word-$DOCS_NAME ;;
      aiwm-data:* | aiwm-worker:*) word=${word%%:*}-$DOCS_NAME:${word#*:} ;;
      /var/run/docker.sock:*) word=${DOCKER_HOST#unix://}:${word#*:} ;;
      label=aiwm.node) word=label=aiwm.cluster=$AIWM_CLUSTER_NAME ;;
      BASE=*) word=BASE=aiwm-test/java:$DOCS_NAME && java_base "${word#BASE=}" ;;
    esac
    words+=("$word")
  done
  command docker "${words[@]}"
}

# java_base NAME: an image with the Java that runs the tests, and no more
java_base() {
  local home base=$checkout/base
  home=$(readlink -f "$(dirname "$(readlink -f "$(command -v "$java")")")/..")
  mkdir -p "$base"/bin "$base"/usr/bin "$base"/etc "$base"/tmp
  cp /bin/busybox "$base/bin/"
  for applet in sh mkdir chown chmod cat; do ln -s busybox "$base/bin/$applet"; done
  ln -s "$home/bin/java" "$base/usr/bin/java"
  find "$home/bin/java" "$home/lib" -name '*.so' -o -name java | xargs ldd 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u >libraries
  tar -cf - -h --exclude='src.zip' --exclude='ct.sym' --exclude="${home#/}/jmods" "$home" $(grep -v "^$home" libraries) 2>/dev/null |
    tar -xf - -C "$base"
  tar -cf - -C "$base" . | command docker import --change 'ENV PATH=/usr/bin:/bin' - "$1" >/dev/null
  rm -r "$base"
  echo "$1" >"$checkout/base.image"
}

# an answer that is not a good one ends the page
curl() { command curl --fail-with-body --max-time 60 "$@" && echo; }

# rules of a firewall go into a network namespace of their own
apart() {
  if [ ! -f "$checkout/apart.pid" ]; then
    unshare --net sleep 300 >/dev/null 2>&1 &
    echo $! >"$checkout/apart.pid"
    until [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
  fi
  nsenter --target "$(cat "$checkout/apart.pid")" --net "$@"
}
nft() { apart nft "$@"; }
iptables() { apart iptables "$@"; }

adapt -e 's#^bin/aiwm standalone$#begin standalone "is ready" bin/aiwm standalone#' -e 's#^bin/verify$#bash -n bin/verify#' \
  -e 's#^bin/aiwm demo$#bin/aiwm demo --once#' "$1" >commands.adapted.sh
# shellcheck disable=SC1091 # made above
. ./commands.adapted.sh
