# Installs the libraries, their headers, the CMake package and the pkg-config
# file. Nothing installed names a path of the machine it was built on.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# What our libraries link of CAF, dependents before what they need; the cluster
# more than the others.
set(caf_components core)
set(cluster_caf_components openssl io core)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/troupe")
set(pc_libs "")
foreach(name troupe cluster actors runtime codec)
  set_target_properties(troupe_${name} PROPERTIES EXPORT_NAME ${name})
  if(NOT name MATCHES "^(troupe|cluster)$")
    string(APPEND pc_libs " -ltroupe_${name}")
  endif()
endforeach()
foreach(component IN LISTS caf_components)
  string(APPEND pc_libs " -lcaf_${component}")
endforeach()
set(pc_cluster_libs "")
foreach(component IN LISTS cluster_caf_components)
  string(APPEND pc_cluster_libs " -lcaf_${component}")
endforeach()
list(JOIN cluster_caf_components " " caf_components)

install(TARGETS troupe_troupe troupe_cluster troupe_actors troupe_runtime troupe_codec
        EXPORT troupe-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY codec runtime actors cluster
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/troupe"
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.proto")
install(FILES "${PROJECT_BINARY_DIR}/generated/troupe/actors/admin.pb.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/troupe/actors")

configure_package_config_file(cmake/troupe-config.cmake.in troupe-config.cmake
                              INSTALL_DESTINATION "${package_dir}"
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(troupe-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(EXPORT troupe-targets NAMESPACE troupe:: DESTINATION "${package_dir}")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/troupe-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/troupe-config-version.cmake"
              cmake/FindAsio.cmake cmake/FindCAF.cmake
        DESTINATION "${package_dir}")

# pkg-config resolves `pcfiledir`, so the prefix may move.
set(pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
foreach(to PREFIX FULL_INCLUDEDIR FULL_LIBDIR)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_${to} BASE_DIRECTORY "${pc_dir}"
             OUTPUT_VARIABLE pc_to_${to})
endforeach()
configure_file(cmake/troupe.pc.in troupe.pc @ONLY)
configure_file(cmake/troupe-cluster.pc.in troupe-cluster.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/troupe.pc"
              "${CMAKE_CURRENT_BINARY_DIR}/troupe-cluster.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
