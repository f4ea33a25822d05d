# Which Debian packages Ringside needs, and installing those that are missing. Sourced by script/setup.
# shellcheck shell=bash disable=SC2034,SC2154

# To build and run the server.
server_packages=(
  build-essential cmake ninja-build ccache pkg-config xz-utils
  debian-archive-keyring # signs the source of lwsws
  libjansson-dev libjwt-dev libssl-dev libuv1-dev zlib1g-dev libre2-dev libxxhash-dev
  libsystemd-dev # the journal as a source
  libcurl4-openssl-dev # ringside send --url, and keys of identity providers
  protobuf-compiler libprotobuf-dev # OTLP
  libtomlplusplus-dev libspdlog-dev libfmt-dev libcli11-dev libexpected-dev
)

# To run the tests and the lints as well.
test_packages=(
  libcmocka-dev clang llvm libclang-rt-dev clang-format clang-tidy shellcheck
  python3 python3-pytest python3-websockets python3-yaml
  python3-clang-14 # script/mutate finds its places in clang's syntax tree
  ansible-core # playbooks as events
  curl socat bsdextrautils bsdutils openssl procps
  libfaketime # a worker whose clock is set
  debhelper lintian rpm rpmlint # the packages
  debootstrap systemd-container # a fresh Debian to try them in
  chromium                      # the dashboard's tests
  liblua5.3-0 libopentracing-c-wrapper0 # of haproxy, below
)

# Used from their unpacked packages and not installed: installing them would start a service on this machine.
unpacked_packages=(prometheus nginx haproxy) # of the first promtool alone

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

install_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
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
