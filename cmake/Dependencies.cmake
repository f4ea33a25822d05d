# Where every library of others comes from: Debian's -dev packages, as imported targets. script/setup installs them.
# Which of our libraries may use which of these is said in core/, module/, worker/ and cli/CMakeLists.txt.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(libjwt REQUIRED IMPORTED_TARGET libjwt)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl>=7.85) # ringside send --url; keys of identity providers
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd) # the journal, sd_notify, socket activation
pkg_check_modules(libnats REQUIRED IMPORTED_TARGET libnats>=3.4) # the log of a cluster
if(RINGSIDE_TESTS)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()

# toml++ is used as a header: its compiled form only saves seconds of one file's compilation.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(tomlplusplus_header INTERFACE IMPORTED)
target_include_directories(tomlplusplus_header SYSTEM INTERFACE "${TOMLPLUSPLUS_INCLUDE_DIR}")

# The host. Without it everything but the plugin is built. ThreadSanitizer would need a host of its own.
if(NOT RINGSIDE_SANITIZE STREQUAL "thread" AND NOT RINGSIDE_FUZZ AND RINGSIDE_SIMD)
  find_package(RingsideLws)
endif()

if(TARGET ringside_pch)
  target_link_libraries(ringside_pch PRIVATE fmt::fmt tl::expected)
endif()
