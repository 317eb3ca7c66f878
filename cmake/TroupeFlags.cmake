# How troupe itself is compiled: warnings, hardening, sanitizers, ccache.

set(TROUPE_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined")
option(TROUPE_WARNINGS_AS_ERRORS "Stop at the first warning" ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion
                    -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
if(TROUPE_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

# Debug information and messages say troupe/FOLDER/FILE, wherever it was built.
add_compile_options(
  "$<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}=troupe>"
  "$<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_BINARY_DIR}/include/=>")

# One set of flags for libraries and executables, so that all of them can share
# a precompiled header.
add_compile_options(-fPIE -fstack-protector-strong)
string(APPEND CMAKE_EXE_LINKER_FLAGS " -pie -Wl,-z,relro,-z,now")

if(TROUPE_SANITIZE)
  set(sanitizer_flags -fsanitize=${TROUPE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    list(APPEND sanitizer_flags
         "-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer-ignorelist.txt")
  endif()
  add_compile_options(${sanitizer_flags} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TROUPE_SANITIZE})
  if(TROUPE_SANITIZE STREQUAL "thread")
    # Its runtime has an `operator new`, as have tests that count allocations.
    add_link_options(-Wl,-z,muldefs)
  endif()
else()
  add_compile_options($<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
                      $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this ccache passes on whatever uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${CCACHE_PROGRAM}")
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  else()
    add_compile_options(-fpch-preprocess)
  endif()
endif()
