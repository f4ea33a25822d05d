# Every compiler and linker flag of this project, and why it is there. Targets get them through the interface library
# ringside_flags, so that code of others (found packages) is never built or judged with them.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # core goes into the plugin too
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(RINGSIDE_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1") # lines for stack traces; nobody steps through these builds
else()
  set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")
endif()

# One compilation serves every checkout on the machine: paths in the objects are relative to the checkout.
find_program(RINGSIDE_CCACHE ccache)
if(RINGSIDE_CCACHE)
  set(launcher /usr/bin/env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_SLOPPINESS=pch_defines,time_macros
      "${RINGSIDE_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# What is shipped is hardened, generated code as well (tests/packaging/test_hardening.py).
add_library(ringside_hardening INTERFACE)
if(NOT RINGSIDE_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  # RINGSIDE_UNOPTIMIZED: a target that is compiled with -O0, which _FORTIFY_SOURCE does not work with
  target_compile_options(
    ringside_hardening
    INTERFACE -U_FORTIFY_SOURCE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:RINGSIDE_UNOPTIMIZED>>>:-D_FORTIFY_SOURCE=3>
              -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
    target_compile_options(ringside_hardening INTERFACE -fcf-protection) # GCC refuses it on other processors
  endif()
endif()
# Library types check what they are called with: an index out of bounds ends the process, in what is shipped too.
target_compile_definitions(ringside_hardening INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(ringside_hardening INTERFACE -Wl,-z,relro -Wl,-z,now)

# What is shipped does not say where it was built, so that it is the same wherever that is (tests/packaging/test_reproducible.py).
set(ringside_no_build_path "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")

add_library(ringside_flags INTERFACE)
target_link_libraries(ringside_flags INTERFACE ringside_hardening)
target_include_directories(ringside_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(
  ringside_flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wformat=2
            -Wundef
            -Werror
            -pthread # everywhere alike
            -fno-omit-frame-pointer # so that perf and the sanitizers can walk the stack
)
target_compile_definitions(ringside_flags INTERFACE _GNU_SOURCE)
target_link_options(ringside_flags INTERFACE -Wl,--as-needed)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(
    ringside_flags
    INTERFACE -Wduplicated-cond
              -Wlogical-op
              -Wno-restrict # GCC 12 sees overlap in std::string's operator+ where there is none (GCC bug 105651)
  )
endif()

target_compile_options(ringside_flags INTERFACE ${ringside_no_build_path})

if(RINGSIDE_SANITIZE STREQUAL "address")
  target_compile_options(
    ringside_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                             $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized> # instrumented code confuses it
  )
  target_link_options(ringside_flags INTERFACE -fsanitize=address,undefined)
elseif(RINGSIDE_SANITIZE STREQUAL "thread")
  target_compile_options(ringside_flags INTERFACE -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
  target_link_options(ringside_flags INTERFACE -fsanitize=thread)
elseif(RINGSIDE_SANITIZE)
  message(FATAL_ERROR "RINGSIDE_SANITIZE must be empty, address or thread, not ${RINGSIDE_SANITIZE}")
endif()

if(RINGSIDE_COVERAGE)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "RINGSIDE_COVERAGE needs clang, whose counters have branches as well; see script/coverage")
  endif()
  target_compile_options(ringside_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic)
  target_link_options(ringside_flags INTERFACE -fprofile-instr-generate)
endif()
if(NOT RINGSIDE_SIMD)
  target_compile_definitions(ringside_flags INTERFACE RINGSIDE_NO_SIMD)
endif()
if(RINGSIDE_FUZZ)
  target_compile_options(ringside_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The headers whose reading is half of each compilation.
set(ringside_precompiled_headers
    <algorithm>
    <atomic>
    <chrono>
    <cstdint>
    <fmt/format.h>
    <functional>
    <memory>
    <optional>
    <span>
    <string>
    <string_view>
    <tl/expected.hpp>
    <unordered_map>
    <vector>)

# Reading the standard library and fmt is half of each compilation. The builds that only tests use read them once; the
# others do not, so that a file which forgets an include still fails to compile.
if((RINGSIDE_SANITIZE AND NOT RINGSIDE_FUZZ) OR RINGSIDE_COVERAGE OR NOT RINGSIDE_SIMD)
  file(WRITE "${CMAKE_BINARY_DIR}/pch.cpp" "// gives the precompiled header a target to belong to\n")
  add_library(ringside_pch OBJECT EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/pch.cpp")
  target_link_libraries(ringside_pch PRIVATE ringside_flags)
  set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC) # programs as libraries are, or they would need a header of their own
  target_precompile_headers(ringside_pch PRIVATE ${ringside_precompiled_headers})
endif()

# ringside_precompiled(TARGET [HEADER...]): with more headers it has a file of its own.
function(ringside_precompiled target)
  if(TARGET ringside_pch AND ARGN)
    target_precompile_headers(${target} PRIVATE ${ringside_precompiled_headers} ${ARGN})
  elseif(TARGET ringside_pch)
    target_precompile_headers(${target} REUSE_FROM ringside_pch)
  endif()
endfunction()
