#!/bin/sh
# Compares our JSONata with npm's: run.sh SEED COUNT. Without Node 18 or the package nothing is
# compared, and that is said.
set -eu
here=$(dirname "$0")
folder=$PWD/build/jsonata
sh "$here/install.sh" || exit 0
TZ=UTC node "$here/reference.mjs" "$folder" "$here/corpus.txt" "$1" "$2" >"$folder/cases.jsonl"
build/san/jsonata_differential "$folder/cases.jsonl" "${SHOWN:-50}"
