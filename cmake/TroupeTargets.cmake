# What the folders' CMakeLists.txt use.

# Includes spell the folder, `troupe/codec/line.hpp`, in the tree as after
# installation. Headers that protoc makes are under `generated`.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/include"
                    "${PROJECT_BINARY_DIR}/generated")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/include/troupe"
     SYMBOLIC)
include_directories("${PROJECT_BINARY_DIR}/include")
include_directories(SYSTEM "${PROJECT_BINARY_DIR}/generated")

# The CAF headers that nearly every actor includes, compiled once. CAF costs
# some seconds a file, so use it wherever CAF is used:
#
#     target_precompile_headers(NAME REUSE_FROM troupe_pch_caf)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/troupe_pch_caf.cpp"
     CONTENT "")
add_library(troupe_pch_caf OBJECT
            "${PROJECT_BINARY_DIR}/generated/troupe_pch_caf.cpp")
target_link_libraries(troupe_pch_caf PUBLIC CAF::core)
target_precompile_headers(troupe_pch_caf PRIVATE
  <algorithm> <array> <atomic> <chrono> <functional> <map> <memory> <optional>
  <span> <string> <string_view> <unordered_map> <variant> <vector>
  <caf/actor_system.hpp>
  <caf/actor_system_config.hpp>
  <caf/behavior.hpp>
  <caf/event_based_actor.hpp>
  <caf/mailbox_element.hpp>
  <caf/scheduler/abstract_coordinator.hpp>
  <caf/scoped_actor.hpp>
  <caf/send.hpp>
  <caf/system_messages.hpp>)

# troupe_executable(NAME SOURCES … [LINKS …] [CAF])
#
# Makes bin/troupe-NAME. With CAF it uses the precompiled header.
function(troupe_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "CAF" "" "SOURCES;LINKS")
  add_executable(troupe-${name} ${arg_SOURCES})
  target_link_libraries(troupe-${name} PRIVATE ${arg_LINKS})
  if(arg_CAF)
    target_precompile_headers(troupe-${name} REUSE_FROM troupe_pch_caf)
  endif()
endfunction()

# troupe_generate_messages(RESULT FOLDER/NAME.proto)
#
# Sets RESULT to the sources of these messages, whose header is
# troupe/FOLDER/NAME.pb.h. An import spells the folder, too. Generated code is
# not ours to keep free of warnings.
function(troupe_generate_messages result proto)
  set(generated "${PROJECT_BINARY_DIR}/generated")
  string(REGEX REPLACE "\\.proto$" ".pb" stem "${generated}/troupe/${proto}")
  file(GLOB all_protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/actors/*.proto")
  add_custom_command(
    OUTPUT "${stem}.cc" "${stem}.h"
    COMMAND protobuf::protoc "--cpp_out=${generated}"
            "-I${PROJECT_BINARY_DIR}/include" "troupe/${proto}"
    DEPENDS "${PROJECT_SOURCE_DIR}/${proto}" ${all_protos}
    VERBATIM)
  set_source_files_properties("${stem}.cc" PROPERTIES
                              COMPILE_OPTIONS -w SKIP_PRECOMPILE_HEADERS ON)
  set(${result} "${stem}.cc" "${stem}.h" PARENT_SCOPE)
endfunction()
