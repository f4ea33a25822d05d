# The version of a package, and the one time that everything in it has. Sourced by script/package.
# shellcheck shell=bash disable=SC2154
#
# A release is a commit with the tag vX.Y.Z, and its packages have the version X.Y.Z. Packages of other commits sort before the
# release that they lead to (X.Y.Z~git...) or after the one that they follow (X.Y.Z+git...), and among each other by the time of
# the commit, for both dpkg and rpm. With changes that are not committed it is the time of the newest change. Sources without
# .git are those of a release.

project_version() {
  local version
  version=$(sed -n 's/^project(ringside VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
  [[ -n $version ]] || die "no version in $root/CMakeLists.txt"
  echo "$version"
}

# Files that differ from the commit, those that are new among them, each ended by a NUL.
changed_files() { git -C "$root" ls-files -z --modified --others --exclude-standard; }
has_changes() { [[ -n $(git -C "$root" status --porcelain) ]]; }

# Seconds since 1970: what SOURCE_DATE_EPOCH has to be.
package_time() {
  local newest file time
  if [[ ! -e $root/.git ]]; then
    stat -c %Y "$root/CHANGELOG.md"
    return
  fi
  newest=$(git -C "$root" log -1 --format=%ct) || die "git cannot read $root"
  if has_changes; then
    while IFS= read -r -d '' file; do
      time=$(stat -c %Y "$root/$file" 2>/dev/null) || continue # deleted
      ((time <= newest)) || newest=$time
    done < <(changed_files)
  fi
  echo "$newest"
}

# package_version SECONDS, which package_time said.
package_version() {
  local version commit separator dirty=''
  version=$(project_version)
  if [[ ! -e $root/.git ]]; then
    echo "$version"
    return
  fi
  commit=$(git -C "$root" rev-parse --short=8 HEAD) || die "git cannot read $root"
  ! has_changes || dirty=.changed
  separator='~'
  if git -C "$root" rev-parse -q --verify "refs/tags/v$version^{commit}" >/dev/null; then
    separator='+'
    if [[ -z $dirty && $(git -C "$root" rev-parse "v$version^{commit}") == "$(git -C "$root" rev-parse HEAD)" ]]; then
      echo "$version"
      return
    fi
  fi
  echo "$version${separator}git$(date -u -d "@$1" +%Y%m%d%H%M%S).$commit$dirty"
}
