#!/bin/sh
# Puts npm's jsonata into build/jsonata when it is not there. Ends with 1, and says why, without Node
# 18 or when npm does not reach it.
folder=$PWD/build/jsonata
without() {
    echo "without npm's jsonata: $1"
    exit 1
}
[ "$(node -p 'process.versions.node.split(".")[0] >= 18' 2>/dev/null)" = true ] || without "no Node 18"
mkdir -p "$folder"
[ -d "$folder/node_modules/jsonata" ] ||
    npm install --prefix "$folder" --no-audit --no-fund --silent jsonata@2 >"$folder/npm.log" 2>&1 ||
    without "npm cannot install it (build/jsonata/npm.log)"
