#!/bin/sh
# Renews and checks the seal of what this host runs and obeys; started by its two services, never by a person.
#   seal.sh update   seal anew if anything changed since the last seal; says what, and the new seal's checksum
#   seal.sh check    compare; the verdict is the first word of `verdict`, and a line of the journal
# What is said here reaches the log collector: it holds each seal's checksum where this host cannot change it.
set -eu
umask 077
dir=${SEAL_DIR:-/var/lib/socle/seal} config=${SEAL_CONFIG:-/etc/aide/socle.conf}
guard=${SEAL_GUARD:-/var/lib/socle/guard/unfinished}
database=$dir/seal.db

digest() { sha256sum "$1" | cut -d' ' -f1; }
verdict() { # word, checksum
  echo "$1 $(date +%s) $2" > "$dir/verdict.new"
  mv "$dir/verdict.new" "$dir/verdict"
}

exec 9> "$dir/lock"
case "${1:-}" in
  update)
    flock 9
    # A deleted file changes its folder, so that is newer too.
    # shellcheck disable=SC2046
    if [ -z "$(find $(sed -n 's,^\(/[a-zA-Z0-9_/-]*\) SEALED$,\1,p' "$config") -cnewer "$database" -print -quit)" ]; then
      echo "nothing changed since the seal sha256:$(digest "$database")"
      exit 0
    fi
    began=$(date +%s)
    status=0
    aide --update --config="$config" || status=$?
    # 1, 2 and 4 together say new, gone and changed; above is AIDE's own failure.
    [ "$status" -le 7 ] || { verdict unproven "$(digest "$database")"; echo "<3>not sealed: aide ended with $status"; exit 1; }
    # What changed while AIDE read is newer than this.
    touch -d "@$began" "$database.new"
    mv "$database.new" "$database"
    verdict sealed "$(digest "$database")"
    echo "<5>sealed sha256:$(digest "$database")"
    ;;
  check)
    flock 9
    if [ -e "$guard" ]; then
      echo "a converge is under way or was never confirmed: not checked"
      exit 0
    fi
    status=0
    aide --check --config="$config" || status=$?
    seal=$(digest "$database")
    if [ "$status" = 0 ]; then
      verdict holds "$seal"
      echo "<5>the seal holds sha256:$seal"
    elif [ "$status" -le 7 ]; then
      verdict differs "$seal"
      echo "<2>files differ from the seal sha256:$seal: they are listed above"
    else
      verdict unproven "$seal"
      echo "<3>not checked: aide ended with $status"
      exit 1
    fi
    ;;
  *)
    echo "usage: seal.sh update | check" >&2
    exit 2
    ;;
esac
