# Finds the C++ Actor Framework, for which distributions ship no CMake package.
#
#     find_package(CAF 0.17 REQUIRED COMPONENTS core io openssl)
#
# makes the targets CAF::core, CAF::io and CAF::openssl. Looks under CAF_ROOT
# first.

include(FindPackageHandleStandardArgs)

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" CAF_VERSION
       REGEX "#define CAF_VERSION [0-9]+")
  # Two digits for each of minor and patch: 1706 is 0.17.6.
  string(REGEX REPLACE "[^0-9]" "" CAF_VERSION "${CAF_VERSION}")
  math(EXPR caf_major "${CAF_VERSION} / 10000")
  math(EXPR caf_minor "${CAF_VERSION} / 100 % 100")
  math(EXPR caf_patch "${CAF_VERSION} % 100")
  set(CAF_VERSION "${caf_major}.${caf_minor}.${caf_patch}")
endif()

foreach(component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${component}_LIBRARY caf_${component})
  mark_as_advanced(CAF_${component}_LIBRARY)
  if(CAF_INCLUDE_DIR AND CAF_${component}_LIBRARY)
    set(CAF_${component}_FOUND TRUE)
  endif()
endforeach()

find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)

if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(component IN LISTS CAF_FIND_COMPONENTS)
    if(CAF_${component}_FOUND AND NOT TARGET CAF::${component})
      add_library(CAF::${component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES Threads::Threads)
      if(NOT component STREQUAL "core")
        set_property(TARGET CAF::${component} APPEND PROPERTY
                     INTERFACE_LINK_LIBRARIES CAF::core)
      endif()
      if(component STREQUAL "openssl")
        find_package(OpenSSL REQUIRED)
        set_property(TARGET CAF::${component} APPEND PROPERTY
                     INTERFACE_LINK_LIBRARIES CAF::io OpenSSL::SSL)
      endif()
    endif()
  endforeach()
endif()
