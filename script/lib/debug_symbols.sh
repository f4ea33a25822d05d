# Splits debug symbols off, where debuggers look for them. Sourced by script/package.
# shellcheck shell=bash

# split_debug_symbols TREE DEBUG-TREE: strips each program and library below TREE and puts its symbols below DEBUG-TREE, by build ID.
# Copies of the distribution's libraries have no symbols, and stay as they are.
split_debug_symbols() {
  local file id target
  while IFS= read -r -d '' file; do
    [[ $(head -c 4 "$file" | tr -d '\0') == $'\x7fELF' ]] || continue
    [[ $(readelf -SW "$file") == *' .debug_info '* ]] || continue
    id=$(readelf -n "$file" | sed -n 's/^ *Build ID: //p')
    [[ -n $id ]] || die "$file has no build ID"
    target=$2/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
    mkdir -p "${target%/*}"
    objcopy --only-keep-debug --compress-debug-sections "$file" "$target"
    chmod 644 "$target"
    strip --strip-unneeded --remove-section=.comment "$file"
  done < <(find "$1" -type f -print0 | sort -z)
}
