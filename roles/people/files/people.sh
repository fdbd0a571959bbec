#!/bin/sh
# Makes named people's accounts, closes those of people who left, and says whose certificates count.
# Arguments: folder, group, recorder (their login shell), the authority's public key, the list of revoked
# certificates in base64, the account that jumps (or -), logins that may jump (words), then login=day of expiry=Full
# Name ... An authority that is empty: nobody has one yet, so no certificate counts. Without people it only closes.
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

# Nobody, and never anybody: nothing to do, nothing to make.
if [ $# = 0 ] && [ "$jump" = - ] && ! getent group "$group" > /dev/null; then exit 0; fi

mkdir -p "$principals" "$(dirname "$recorder")"
# A person's own service manager would run programs outside the record.
if [ $# -gt 0 ] && [ "$(readlink /etc/systemd/system/user@.service)" != /dev/null ]; then
  mkdir -p /etc/systemd/system
  ln -sfn /dev/null /etc/systemd/system/user@.service
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
  echo "changed: user@.service masked"
fi
getent group "$group" > /dev/null || { groupadd --system "$group"; echo "changed: group $group"; }

wanted=' '
for entry in "$@"; do
  login=${entry%%=*} rest=${entry#*=}
  expiry=${rest%%=*} name=${rest#*=}
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
  # The day after the grant's last one: shadow counts days since 1970, and closes on the day itself.
  day=$(($(date -u -d "$expiry" +%s) / 86400 + 1))
  if [ "$(getent shadow "$login" | cut -d: -f8)" != "$day" ]; then
    usermod --expiredate "$day" "$login"
    echo "changed: account $login until $expiry"
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
# Without people nobody's certificate is looked at, and the files stay as they are.
if [ $# = 0 ] && [ "$jump" = - ]; then exit 0; fi
# A list that is cut off must not take the place of a good one: it would let revoked certificates in, or nobody.
if [ -n "$authority" ]; then
  echo "$revoked" | base64 -d > "$folder/people.krl.sent" && [ -s "$folder/people.krl.sent" ] || {
    rm -f "$folder/people.krl.sent"
    echo "the list of revoked certificates did not arrive whole" >&2
    exit 1
  }
  echo "$authority" | put "$folder/people.pub"
else
  : > "$folder/people.krl.sent"
  put "$folder/people.pub" < /dev/null
fi
put "$folder/people.krl" < "$folder/people.krl.sent"
rm "$folder/people.krl.sent"
