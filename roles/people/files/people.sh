#!/bin/sh
# Makes named people's accounts, closes those of people who left, and says whose certificates count.
# Arguments: folder, group, recorder (their login shell), the authority's public key, the list of revoked
# certificates in base64, the account that jumps (or -), logins that may jump (words), then login=Full Name ...
# An account that is no person's is never taken over. Prints what it changed.
set -eu
umask 022
folder=$1 group=$2 recorder=$3 authority=$4 revoked=$5 jump=$6 jumpers=$7
shift 7
principals=$folder/principals

put() { # file; its content on standard input
  cat > "$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; echo "changed: $1"; fi
}

mkdir -p "$principals" "$(dirname "$recorder")"
getent group "$group" > /dev/null || { groupadd --system "$group"; echo "changed: group $group"; }

wanted=' '
for entry in "$@"; do
  login=${entry%%=*} name=${entry#*=}
  wanted="$wanted$login "
  if ! getent passwd "$login" > /dev/null; then
    useradd --create-home --user-group --groups "$group" --comment "$name" --shell "$recorder" "$login"
    chmod 0700 "/home/$login"
    echo "changed: account $login"
  elif ! id -nG "$login" | grep -qw "$group"; then
    echo "account $login: exists and is no person's; choose another login in stacks/administrators.yaml" >&2
    exit 1
  fi
  # Somebody who left and came back.
  if [ "$(getent passwd "$login" | cut -d: -f7)" != "$recorder" ]; then
    usermod --shell "$recorder" --expiredate '' "$login"
    echo "changed: account $login opened again"
  fi
  echo "admin:$login" | put "$principals/$login"
done

# Closed, not deleted: the number must not become somebody else's, and the files may matter.
for login in $(getent group "$group" | cut -d: -f4 | tr ',' ' '); do
  case $wanted in *" $login "*) continue ;; esac
  rm -f "$principals/$login"
  if [ "$(getent passwd "$login" | cut -d: -f7)" != /usr/sbin/nologin ]; then
    usermod --lock --shell /usr/sbin/nologin --expiredate 1 "$login"
    echo "changed: account $login closed"
    loginctl kill-user "$login" 2> /dev/null || true
    pkill -KILL -u "$login" || true
  fi
done

if [ "$jump" != - ]; then
  for login in $jumpers; do echo "restrict,port-forwarding admin:$login"; done | put "$principals/$jump"
fi
echo "$authority" | put "$folder/people.pub"
echo "$revoked" | base64 -d | put "$folder/people.krl"
