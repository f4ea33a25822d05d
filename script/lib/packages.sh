# Which Debian packages Ringside needs, and installing those that are missing. Sourced by script/setup.
# shellcheck shell=bash disable=SC2034,SC2154

# To build and run the server.
server_packages=(
  build-essential cmake ninja-build ccache pkg-config xz-utils
  debian-archive-keyring # signs the source of lwsws
  libjansson-dev libjwt-dev libssl-dev libuv1-dev zlib1g-dev libre2-dev libxxhash-dev
  libsystemd-dev # the journal as a source
  libcurl4-openssl-dev # ringside send --url, and keys of identity providers
  libnats-dev # the log of a cluster
  protobuf-compiler libprotobuf-dev # OTLP
  libtomlplusplus-dev libspdlog-dev libfmt-dev libcli11-dev libexpected-dev
)

# To run the tests and the lints as well.
test_packages=(
  libcmocka-dev clang lld llvm libclang-rt-dev clang-format clang-tidy shellcheck
  python3 python3-pytest python3-websockets python3-yaml
  python3-clang-14 # script/mutate finds its places in clang's syntax tree
  ansible-core # playbooks as events
  curl socat bsdextrautils bsdutils openssl procps
  zsh fish # completion
  libfaketime # a worker whose clock is set
  debhelper lintian rpm rpmlint cpio # the packages
  debootstrap systemd-container # a fresh Debian to try them in
  mmdebstrap umoci crun         # the image
  chromium                      # the dashboard's tests
  liblua5.3-0 libopentracing-c-wrapper0 # of haproxy, below
)

# Debian 12's names are above. Where a system has another name for a package, it is here; "-" where it has none, with what is lost in
# lost_without. Systems by VERSION_CODENAME: trixie is Debian 13, noble is Ubuntu 24.04.
declare -A other_names=(
  [trixie/python3-clang-14]=python3-clang-19
  [noble/chromium]=- # a snap, there
  [noble/libopentracing-c-wrapper0]=-
)
declare -A lost_without=(
  [chromium]="tests of the dashboard in a browser are skipped"
  [libopentracing-c-wrapper0]="tests with HAProxy are skipped"
)
tried_systems="Debian 12 (bookworm), Debian 13 (trixie) and Ubuntu 24.04 (noble)"

# Used from their unpacked packages and not installed: installing them would start a service on this machine.
unpacked_packages=(prometheus nginx haproxy fail2ban) # of the first promtool alone

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# missing_packages PACKAGE...: prints those that are not installed, with one call of dpkg-query.
missing_packages() {
  local have
  have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$have" | sort -u)
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

# Node is needed by tests alone, in version 18 or later; one that is there already is taken, wherever it came from.
node_is_fit() {
  local major
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p') && [[ -n $major ]] && ((major >= 18)) &&
    command -v npm >/dev/null
}

system_codename() { (. /etc/os-release && echo "${VERSION_CODENAME:-unknown}"); }

# names_on SYSTEM PACKAGE...: prints their names there. What it does not have is told, and is not printed.
names_on() {
  local system=$1 package name
  shift
  for package in "$@"; do
    name=${other_names[$system/$package]:-$package}
    if [[ $name == - ]]; then
      warn "$system has no $package: ${lost_without[$package]}"
    else
      echo "$name"
    fi
  done
}

# unavailable_packages PACKAGE...: prints those that apt knows no version of. One call of apt-cache.
unavailable_packages() {
  local known
  known=$(apt-cache policy "$@" 2>/dev/null | awk '/^[^ ]/ { name = substr($1, 1, length($1) - 1) } /Candidate:/ && $2 != "(none)" { print name }')
  comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$known" | sort -u)
}

install_packages() {
  local -a missing unavailable wanted
  mapfile -t wanted < <(names_on "$(system_codename)" "$@")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} > 0)) || return 0
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    die "these packages are missing, and there is no sudo to install them: ${missing[*]}"
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local log
  log=$(mktemp /tmp/ringside-apt-XXXXXX.log)
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any)
  quietly "$log" as_root "${apt[@]}" update ||
    warn "the package lists could not be brought up to date; trying with what is there"
  mapfile -t unavailable < <(unavailable_packages "${missing[@]}")
  ((${#unavailable[@]} == 0)) ||
    die "$(. /etc/os-release && echo "${PRETTY_NAME:-this system}") has no package ${unavailable[*]}. Ringside is tried on $tried_systems; on others add the names to script/lib/packages.sh"
  quietly "$log" as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
  rm -f "$log"
}

# Puts a package's files under CACHE/debs/NAME without installing it; apt checks the signature as always.
unpack_package() {
  local name=$1 target=$cache_dir/debs/$1 work
  [[ ! -d $target ]] || return 0
  say "unpacking $name (not installed, only used by tests)"
  mkdir -p "$cache_dir/debs"
  work=$(mktemp -d "$cache_dir/debs/.$name-XXXXXX")
  chmod 755 "$work"
  if ! (cd "$work" && quietly "$work/log" apt-get download -q "$name"); then
    # A fresh system has no package lists until the first update.
    quietly "$work/log" as_root apt-get -q -o DPkg::Lock::Timeout=300 update || true
    (cd "$work" && quietly "$work/log" apt-get download -q "$name") || die "apt-get could not download $name"
  fi
  dpkg-deb -x "$work"/*.deb "$work/root"
  mv -T "$work/root" "$target" 2>/dev/null || [[ -d $target ]]
  rm -rf "$work"
}

# The log server of clusters, from Debian 13: Debian 12's is too old (docs/cluster.md), and the newer one runs there as it is.
# apt gets a configuration of its own, so the machine's sources are neither read nor changed, and the archive's signature is
# checked. Prints nothing; a failure only warns, since tests that need it say so.
nats_server_minimum=2.10.27
nats_server_known=2.10.27-1+b2
nats_server_sha256=6d913ac987b78734c08537c2adeb1526cf735f216173a9170d94b185fcfe6f8a # of that version for amd64
nats_server_path=$cache_dir/debs/nats-server/usr/sbin/nats-server

unpack_nats_server() {
  local work version sum keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ ! -x $nats_server_path ]] || return 0
  say "unpacking nats-server of Debian 13 (not installed, only used by tests and script/cluster)"
  mkdir -p "$cache_dir/debs"
  work=$(mktemp -d "$cache_dir/debs/.nats-server-XXXXXX")
  chmod 755 "$work"
  mkdir -p "$work"/{lists,cache/archives}/partial
  echo "deb [signed-by=$keyring] http://deb.debian.org/debian trixie main" >"$work/sources.list"
  local -a apt=(-q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache" -o Acquire::Languages=none -o Acquire::Retries=3)
  if ! { apt-get "${apt[@]}" -o APT::Update::Error-Mode=any update && cd "$work" && apt-get "${apt[@]}" download nats-server; } >"$work/log" 2>&1; then
    warn "nats-server of Debian 13 could not be fetched (see $work/log): what needs it is skipped"
    cd "$root" || exit
    return 0
  fi
  cd "$root" || exit
  version=$(dpkg-deb -f "$work"/nats-server_*.deb Version)
  dpkg --compare-versions "$version" ge "$nats_server_minimum" || die "nats-server $version is older than $nats_server_minimum"
  sum=$(sha256sum "$work"/nats-server_*.deb | cut -d' ' -f1)
  if [[ $version == "$nats_server_known" && $(dpkg --print-architecture) == amd64 && $sum != "$nats_server_sha256" ]]; then
    die "nats-server $version has the checksum $sum, not $nats_server_sha256"
  fi
  dpkg-deb -x "$work"/nats-server_*.deb "$work/root"
  mv -T "$work/root" "$cache_dir/debs/nats-server" 2>/dev/null || [[ -x $nats_server_path ]]
  rm -rf "$work"
}
