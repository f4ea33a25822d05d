# How a directory becomes a library or a program: by what files it holds, so that a new source file needs no edit here.

# ringside_library(NAME DIR... [EXCLUDE regex] [PUBLIC lib...] [PRIVATE lib...])
# A static library of all .cpp in the directories, or an interface library as long as there are none.
function(ringside_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXCLUDE" "DIRS;PUBLIC;PRIVATE")
  set(patterns "")
  foreach(dir IN LISTS arg_DIRS)
    list(APPEND patterns "${dir}/*.cpp")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()
  if(sources)
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources}) # built when something needs it
    target_link_libraries(${name} PUBLIC ringside_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    ringside_precompiled(${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ringside_flags ${arg_PUBLIC})
  endif()
endfunction()

# ringside_program(NAME MAIN main.cpp LIBS lib...): nothing as long as its main file does not exist.
function(ringside_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MAIN" "LIBS")
  file(GLOB main CONFIGURE_DEPENDS "${arg_MAIN}")
  if(main)
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE ringside_flags ${arg_LIBS})
    if(RINGSIDE_SANITIZE STREQUAL "thread" OR NOT RINGSIDE_SIMD) # whose tests are about a few libraries only
      set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    target_compile_definitions(${name} PRIVATE "RINGSIDE_VERSION=\"${PROJECT_VERSION}\"")
    ringside_precompiled(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  endif()
endfunction()
