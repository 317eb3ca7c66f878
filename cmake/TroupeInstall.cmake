# Installs the libraries, their headers, the CMake package and the pkg-config
# file. Nothing installed names a path of the machine it was built on.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/troupe")
set(libraries "")
foreach(name codec runtime actors troupe)
  if(TARGET troupe_${name})
    list(APPEND libraries troupe_${name})
    set_target_properties(troupe_${name} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(troupe_${name} INTERFACE cxx_std_20)
    target_include_directories(troupe_${name} INTERFACE
      "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
      "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  endif()
endforeach()

install(TARGETS ${libraries} EXPORT troupe-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY codec runtime actors
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/troupe"
        FILES_MATCHING PATTERN "*.hpp")

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
file(RELATIVE_PATH pc_to_prefix "${pc_dir}" "${CMAKE_INSTALL_PREFIX}")
file(RELATIVE_PATH pc_to_include "${pc_dir}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
file(RELATIVE_PATH pc_to_lib "${pc_dir}" "${CMAKE_INSTALL_FULL_LIBDIR}")
set(pc_libs "")
foreach(name actors runtime codec)
  if(TARGET troupe_${name})
    string(APPEND pc_libs " -ltroupe_${name}")
  endif()
endforeach()
configure_file(cmake/troupe.pc.in troupe.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/troupe.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
