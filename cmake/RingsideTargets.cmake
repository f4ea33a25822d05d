# Libraries and programs are made of the files in a directory, so that a new source file needs no edit here.

# ringside_library(NAME DIRS dir... [INCLUDE regex] [EXCLUDE regex] [PUBLIC lib...] [PRIVATE lib...] [PRECOMPILE header...])
# A static library of all .cpp in the directories.
function(ringside_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "INCLUDE;EXCLUDE" "DIRS;PUBLIC;PRIVATE;PRECOMPILE")
  set(patterns "")
  foreach(dir IN LISTS arg_DIRS)
    list(APPEND patterns "${dir}/*.cpp")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(arg_INCLUDE)
    list(FILTER sources INCLUDE REGEX "${arg_INCLUDE}")
  endif()
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources}) # built when something needs it
  target_link_libraries(${name} PUBLIC ringside_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  ringside_precompiled(${name} ${arg_PRECOMPILE})
endfunction()

# ringside_program(NAME MAIN main.cpp LIBS lib...)
function(ringside_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MAIN" "LIBS")
  add_executable(${name} ${arg_MAIN})
  target_link_libraries(${name} PRIVATE ringside_flags ${arg_LIBS})
  if(RINGSIDE_SANITIZE STREQUAL "thread" OR NOT RINGSIDE_SIMD) # whose tests are about a few libraries only
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  ringside_precompiled(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# ringside_finds_private_libraries(TARGET DIR)
# A package has copies of the libraries whose ABI differs from one distribution to the next (packaging/private-libraries.txt); TARGET
# looks for them in DIR, relative to itself, and takes the system's where there is none. DT_RPATH and not DT_RUNPATH, since it serves
# what these libraries need as well. The same in the build directory, so that what is built does not depend on where.
function(ringside_finds_private_libraries target dir)
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/${dir}")
  target_link_options(${target} PRIVATE LINKER:--disable-new-dtags)
endfunction()
