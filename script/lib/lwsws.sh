# Builds lwsws, the host, from Debian's own source package. Sourced by script/setup.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Debian's libwebsockets packages carry no lwsws, no plugin support and no SMP. Its source package does, with Debian's
# security patches. It is fetched by apt with a configuration of its own: the machine's sources are neither read nor
# changed, and every file is checked against an index that Debian's archive keys signed. The security archive is asked
# first, since patches are there before they are anywhere else; a file that one archive lists and does not have is taken
# from the other.
#
# On top of Debian's patches come those of cmake/lws/patches: faults of the host that no plugin can work around. Debian's newest
# version is taken, whatever it is, as long as they apply to it. One that does not apply stops the build: a host without it would
# run and be open to what it prevents.
#
# The result is in CACHE/lwsws-RECIPE-VERSION[-asan]/{bin,lib,include}. RECIPE is a digest of the options below, of our patches and
# of the system built for, so that every checkout on a machine shares one build, and a changed option makes a new one. It finds
# its library by RUNPATH next to itself, and so can be moved (into a package, to /usr/lib/ringside).

lws_minimum=4.3.5-1+deb13u2 # fixes CVE-2025-11677, a use after free in refused upgrades
lws_suites=(
  "http://deb.debian.org/debian-security trixie-security main"
  "http://deb.debian.org/debian trixie main"
)
lws_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# shellcheck disable=SC2016 # the loader expands $ORIGIN
lws_options=(
  -DCMAKE_BUILD_TYPE=RelWithDebInfo
  -DCMAKE_INSTALL_PREFIX=/usr/lib/ringside # what paths in the binary say; where the package puts it
  -DCMAKE_INSTALL_LIBDIR=lib
  '-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib'
  -DLWS_WITH_LWSWS=ON
  -DLWS_WITHOUT_EXTENSIONS=OFF # permessage-deflate
  -DLWS_WITH_ZLIB=ON
  -DLWS_UNIX_SOCK=ON
  -DLWS_IPV6=ON
  -DLWS_WITH_HTTP2=ON
  -DLWS_MAX_SMP=16
  -DLWS_WITH_STATIC=OFF
  -DLWS_WITH_EVLIB_PLUGINS=OFF # libuv is linked, not looked for in a directory at start
  -DLWS_WITHOUT_TESTAPPS=ON
  -DLWS_WITHOUT_DAEMONIZE=ON
  -DDISABLE_WERROR=ON
)
# All headers of a request, the URL with its token included, share this many bytes (4096 by default).
lws_c_flags='-DLWS_DEF_HEADER_LEN=16384'
lws_hardening='-fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=3'
[[ $(uname -m) != x86_64 ]] || lws_hardening+=' -fcf-protection'
lws_sanitizers='-fsanitize=address,undefined -fno-omit-frame-pointer'

lws_patches=$root/cmake/lws/patches

# The files of a quilt series, in its order.
lws_series() { sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' "$1"; }

lws_recipe() {
  local system
  local -a ours
  system=$(. /etc/os-release && echo "$ID-${VERSION_ID:-}")-$(uname -m)
  mapfile -t ours < <(lws_series "$lws_patches/series")
  {
    printf '%s\n' "$system" "${lws_options[@]}" "$lws_c_flags" "$lws_hardening" "$lws_sanitizers" "${ours[@]}"
    cat "${ours[@]/#/$lws_patches/}"
  } | sha256sum | cut -c1-12
}

# Prints the newest build of this recipe, or nothing.
lws_prefix() {
  local sanitize=$1 dir name best='' best_version='' stem
  stem=$cache_dir/lwsws-$(lws_recipe)
  for dir in "$stem"-*; do
    [[ -x $dir/bin/lwsws ]] || continue
    name=${dir#"$stem-"}
    if [[ $sanitize == yes ]]; then
      [[ $name == *-asan ]] || continue
    else
      [[ $name != *-asan ]] || continue
    fi
    if [[ -z $best ]] || dpkg --compare-versions "${name%-asan}" gt "$best_version"; then
      best=$dir best_version=${name%-asan}
    fi
  done
  printf '%s' "$best"
}

# lws_apt SUITE-NUMBER COMMAND...: COMMAND (apt-get or apt-cache) with the private configuration of one suite.
lws_apt() {
  local state=$lws_work/apt-$1 command=$2
  shift 2
  "$command" -q -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$state/lists" \
    -o Dir::Cache="$state/cache" -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# Brings the two files of the source package into $lws_work/download and prints the version.
lws_fetch() {
  local i version part fetched
  local -a versions=()
  [[ -r $lws_keyring ]] || die "$lws_keyring is missing (package debian-archive-keyring)"
  for i in "${!lws_suites[@]}"; do
    mkdir -p "$lws_work/apt-$i"/{lists,cache/archives}/partial
    echo "deb-src [signed-by=$lws_keyring] ${lws_suites[i]}" >"$lws_work/apt-$i/sources.list"
    if ! lws_apt "$i" apt-get -o APT::Update::Error-Mode=any update >>"$lws_work/fetch.log" 2>&1; then
      warn "no usable index of '${lws_suites[i]}' (see $lws_work/fetch.log)"
      continue
    fi
    mapfile -t -O "${#versions[@]}" versions < <(lws_apt "$i" apt-cache showsrc libwebsockets 2>/dev/null |
      sed -n 's/^Version: //p')
  done
  ((${#versions[@]} > 0)) || {
    cat "$lws_work/fetch.log" >&2
    die "Debian's archive could not be read, and lwsws is not built yet"
  }

  mkdir -p "$lws_work/download"
  while read -r version; do
    dpkg --compare-versions "$version" ge "$lws_minimum" || continue
    fetched=yes
    for part in tar diff; do
      for i in "${!lws_suites[@]}"; do
        if (cd "$lws_work/download" && lws_apt "$i" apt-get source --download-only "--$part-only" \
          "libwebsockets=$version") >>"$lws_work/fetch.log" 2>&1; then
          continue 2
        fi
      done
      fetched=no
    done
    if [[ $fetched == yes ]]; then
      echo "$version"
      return
    fi
    warn "the source of libwebsockets $version is listed, but not to be had; trying an older one"
  done < <(for version in "${versions[@]}"; do echo "$version"; done | sort -u | lws_newest_first)
  cat "$lws_work/fetch.log" >&2
  die "no libwebsockets source of at least $lws_minimum could be fetched"
}

# Sorts Debian versions, the newest first. A handful at most: insertion by dpkg's own comparison.
lws_newest_first() {
  local -a sorted=()
  local version i
  while read -r version; do
    for ((i = ${#sorted[@]}; i > 0; --i)); do
      dpkg --compare-versions "$version" gt "${sorted[i - 1]}" || break
      sorted[i]=${sorted[i - 1]}
    done
    sorted[i]=$version
  done
  printf '%s\n' "${sorted[@]}"
}

# lws_unpack VERSION: the source with all patches, in $lws_work/source.
lws_unpack() {
  local version=$1 patch
  local -a ours
  mkdir "$lws_work/source"
  tar -xf "$lws_work"/download/*.orig.tar.* -C "$lws_work/source" --strip-components=1
  tar -xf "$lws_work"/download/*.debian.tar.* -C "$lws_work/source"
  while read -r patch; do
    patch -d "$lws_work/source" -p1 -s -f <"$lws_work/source/debian/patches/$patch" || die "Debian's patch $patch does not apply"
  done < <(lws_series "$lws_work/source/debian/patches/series")
  mapfile -t ours < <(lws_series "$lws_patches/series")
  for patch in "${ours[@]}"; do
    lws_apply "$version" "$patch"
  done
  # What lws_host_patches() says.
  printf '#define LWS_HOST_PATCHES "%s"\n' "$(
    IFS=,
    echo "${ours[*]%.patch}"
  )" >"$lws_work/source/lib/core/host-patches.h"
}

# lws_apply VERSION PATCH: without fuzz, since a hunk that is applied in the wrong place can compile and do harm.
lws_apply() {
  local version=$1 patch=$2 log=$lws_work/$2.log
  patch -d "$lws_work/source" -p1 -F0 -f <"$lws_patches/$patch" >"$log" 2>&1 && return
  tell "$(cat "$log")"
  if patch -d "$lws_work/source" -p1 -R --dry-run -F0 -f <"$lws_patches/$patch" >/dev/null 2>&1; then
    die "libwebsockets $version has what cmake/lws/patches/$patch does: delete that file and its line in cmake/lws/patches/series"
  fi
  die "cmake/lws/patches/$patch does not apply to libwebsockets $version. Refresh it (its head says what it does and which test shows" \
    "that it works; quilt push -f; quilt refresh), or delete it and its line in cmake/lws/patches/series if its test passes without it"
}

# lws_compile VERSION yes|no: builds and puts the result in its place, all at once by a rename.
lws_compile() {
  local version=$1 sanitize=$2 suffix='' flags link build
  local map="-ffile-prefix-map=$lws_work=/usr/src/libwebsockets"
  if [[ $sanitize == yes ]]; then
    suffix=-asan flags="$lws_c_flags $lws_sanitizers" link=$lws_sanitizers
  else
    flags="$lws_c_flags $lws_hardening" link='-Wl,-z,relro -Wl,-z,now'
  fi
  build=$lws_work/build$suffix
  say "building lwsws $version${suffix:+ with AddressSanitizer} (about a minute)"
  quietly "$lws_work/cmake.log" cmake -G Ninja -S "$lws_work/source" -B "$build" "${lws_options[@]}" \
    "-DCMAKE_C_FLAGS=$flags $map" "-DCMAKE_SHARED_LINKER_FLAGS=$link" "-DCMAKE_EXE_LINKER_FLAGS=$link" ||
    die "cmake refused the source of lwsws"
  quietly "$lws_work/ninja.log" nice -n 5 ninja -C "$build" -j "$(parallel_jobs)" || die "lwsws does not compile"
  quietly "$lws_work/install.log" env DESTDIR="$lws_work/install$suffix" ninja -C "$build" install || die "lwsws does not install"
  local prefix=$lws_work/install$suffix/usr/lib/ringside
  # Demonstration plugins that lwsws would load by itself, and build descriptions for a place where it does not stay.
  rm -rf "$prefix/share" "$prefix/lib/pkgconfig" "$prefix/lib/cmake"
  mkdir "$prefix/doc"
  cp "$lws_work/source/LICENSE" "$lws_work/source/debian/changelog" "$prefix/doc/"
  rm -rf "$cache_dir/lwsws-$(lws_recipe)-$version$suffix"
  mv -T "$prefix" "$cache_dir/lwsws-$(lws_recipe)-$version$suffix"
}

# build_lwsws SANITIZE UPDATE: makes sure that the build exists; with UPDATE=yes, that it is of Debian's newest version.
build_lwsws() {
  local sanitize=$1 update=$2 version suffix=''
  if [[ -n $(lws_prefix "$sanitize") && $update == no ]]; then
    return
  fi
  [[ $sanitize == no ]] || suffix=-asan
  mkdir -p "$cache_dir"
  exec {lws_lock}>"$cache_dir/lwsws.lock"
  flock "$lws_lock" # another checkout may be building it at this moment: wait, then look again
  if [[ -z $(lws_prefix "$sanitize") || $update == yes ]]; then
    lws_work=$(mktemp -d "$cache_dir/.lwsws-XXXXXX")
    trap 'rm -rf "$lws_work"' EXIT
    chmod 755 "$lws_work"
    version=$(lws_fetch)
    if [[ ! -x $cache_dir/lwsws-$(lws_recipe)-$version$suffix/bin/lwsws ]]; then
      lws_unpack "$version"
      lws_compile "$version" "$sanitize"
    fi
    rm -rf "$lws_work"
    trap - EXIT
  fi
  exec {lws_lock}>&-
}
