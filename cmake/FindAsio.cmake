# Finds standalone Asio, which ships no CMake package.
#
#     find_package(Asio 1.22 REQUIRED)
#
# makes the target Asio::asio. Looks under Asio_ROOT first.

include(FindPackageHandleStandardArgs)

find_path(Asio_INCLUDE_DIR asio/version.hpp)
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_INCLUDE_DIR)
  file(STRINGS "${Asio_INCLUDE_DIR}/asio/version.hpp" Asio_VERSION
       REGEX "#define ASIO_VERSION [0-9]+")
  # Three digits for minor and two for patch: 102201 is 1.22.1.
  string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" Asio_VERSION "${Asio_VERSION}")
  math(EXPR asio_major "${Asio_VERSION} / 100000")
  math(EXPR asio_minor "${Asio_VERSION} / 100 % 1000")
  math(EXPR asio_patch "${Asio_VERSION} % 100")
  set(Asio_VERSION "${asio_major}.${asio_minor}.${asio_patch}")
endif()

find_package_handle_standard_args(Asio
  REQUIRED_VARS Asio_INCLUDE_DIR
  VERSION_VAR Asio_VERSION)

if(Asio_FOUND AND NOT TARGET Asio::asio)
  find_package(Threads REQUIRED)
  add_library(Asio::asio INTERFACE IMPORTED)
  set_target_properties(Asio::asio PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${Asio_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "ASIO_STANDALONE;ASIO_NO_DEPRECATED"
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
