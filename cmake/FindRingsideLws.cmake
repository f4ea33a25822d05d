# Finds the libwebsockets that carries lwsws: in RINGSIDE_LWS_PREFIX if that is set, else where script/setup keeps the
# one that it built (a sanitized build has its own).
#   RingsideLws_FOUND, RingsideLws_PREFIX, RingsideLws_LWSWS (the program), target RingsideLws::websockets

set(RingsideLws_PREFIX "${RINGSIDE_LWS_PREFIX}")
if(NOT RingsideLws_PREFIX AND EXISTS "${CMAKE_SOURCE_DIR}/script/setup")
  set(_variant "")
  if(RINGSIDE_SANITIZE STREQUAL "address")
    set(_variant --sanitize)
  endif()
  execute_process(
    COMMAND "${CMAKE_SOURCE_DIR}/script/setup" --print-lws-prefix ${_variant}
    OUTPUT_VARIABLE RingsideLws_PREFIX
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

if(RingsideLws_PREFIX)
  unset(RingsideLws_INCLUDE_DIR CACHE)
  unset(RingsideLws_LIBRARY CACHE)
  unset(RingsideLws_LWSWS CACHE)
  find_path(RingsideLws_INCLUDE_DIR libwebsockets.h PATHS "${RingsideLws_PREFIX}/include" NO_DEFAULT_PATH)
  find_library(RingsideLws_LIBRARY websockets PATHS "${RingsideLws_PREFIX}/lib" NO_DEFAULT_PATH)
  find_program(RingsideLws_LWSWS lwsws PATHS "${RingsideLws_PREFIX}/bin" NO_DEFAULT_PATH)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RingsideLws REQUIRED_VARS RingsideLws_LIBRARY RingsideLws_INCLUDE_DIR RingsideLws_LWSWS)

if(RingsideLws_FOUND AND NOT TARGET RingsideLws::websockets)
  add_library(RingsideLws::websockets UNKNOWN IMPORTED)
  set_target_properties(
    RingsideLws::websockets
    PROPERTIES IMPORTED_LOCATION "${RingsideLws_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${RingsideLws_INCLUDE_DIR}"
               INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${RingsideLws_INCLUDE_DIR}")
endif()
