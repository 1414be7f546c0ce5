#!/usr/bin/env bash
# Runs every example of the five descriptions that Comanda is made of against a running installation (`make run`), as
# often as one likes, and checks statuses, keys, types and words. Ends with 1 when anything differs.
#
#   docs/examples/seeds.sh
#
# COMANDA_PORT_BASE, COMANDA_HOST and COMANDA_DATA_DIR are those of `comanda up`; COMANDA is the command itself.
# It needs curl and python3. What it leaves behind are orders of the products 1 and 2.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
comanda=${COMANDA:-$here/../../.venv/bin/comanda}
host=${COMANDA_HOST:-127.0.0.1}
moved=$((${COMANDA_PORT_BASE:-9000} - 9000))
TOKEN=$("$comanda" token --role admin) || exit 2
run=$(date +%s)-$$
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
answer=$folder/answer
mkfifo "$folder/asked" "$folder/found"
python3 "$here/seeds/look.py" <"$folder/asked" >"$folder/found" &
exec 3>"$folder/asked" 4<"$folder/found"
checks=0 wrong=0

at() { echo "http://$host:$(($1 + moved))$2"; }

fail() {
  wrong=$((wrong + 1))
  echo "WRONG  $*"
  head -c 600 "$answer"; echo
}

# call STATUS|… METHOD PORT PATH [BODY] [curl's options …]: one request; its answer is kept for `that` and `value`.
call() {
  local wanted=$1 method=$2 port=$3 path=$4 body=${5-} status
  shift $(($# < 5 ? $# : 5))
  local options=(-s -o "$answer" -w '%{http_code}' -X "$method" "$@")
  [[ -n ${bearer-$TOKEN} ]] && options+=(-H "Authorization: Bearer ${bearer-$TOKEN}")
  [[ -n $body ]] && options+=(-H 'Content-Type: application/json' --data-binary "$body")
  status=$(curl "${options[@]}" "$(at "$port" "$path")")
  checks=$((checks + 1))
  if [[ $status =~ ^($wanted)$ ]]; then echo "ok     $method :$port$path $status"; else
    fail "$method :$port$path answered $status instead of $wanted"
  fi
}

# look holds|value EXPRESSION: asks look.py, which runs beside this, about the answer.
look() {
  printf '%s\t%s\t%s\n' "$answer" "$1" "$2" >&3
  IFS= read -r found <&4
}

# holds CONDITION: a condition in Python on `a`, the answer.
holds() { look holds "$1"; [[ $found == yes ]]; }

# value EXPRESSION: a part of the answer.
value() { look value "$1"; echo "$found"; }

that() {
  checks=$((checks + 1))
  if holds "$1"; then echo "ok       $1"; else fail "not so: $1"; fi
}

# within SECONDS PORT PATH CONDITION: asks until the condition holds.
within() {
  local until=$((SECONDS + $1))
  checks=$((checks + 1))
  while true; do
    curl -s -o "$answer" -H "Authorization: Bearer $TOKEN" "$(at "$2" "$3")"
    if holds "$4"; then echo "ok     GET :$2$3 until $4"; return; fi
    if ((SECONDS >= until)); then fail "GET :$2$3 never became $4"; return; fi
    sleep 0.1
  done
}

for part in opening workflow commandes architecture checkout pedidos; do
  echo "--- $part"
  # shellcheck source=/dev/null
  source "$here/seeds/$part.sh"
done

echo "$checks checks, $wrong wrong"
((wrong == 0))
