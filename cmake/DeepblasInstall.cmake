# SPDX-License-Identifier: MIT
#
# What `cmake --install` puts where: the library with its headers, the program, the sample
# data, and the files by which find_package and pkg-config find it. The whole folder may be
# moved afterwards. The components are what DeepblasPackage.cmake makes packages of.
include(CMakePackageConfigHelpers)
include(CheckLibraryExists)

set(cmake_folder "${CMAKE_INSTALL_LIBDIR}/cmake/deepblas")
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME deepblas_development)

install(TARGETS deepblas EXPORT deepblasTargets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT deepblas_library
    NAMELINK_COMPONENT deepblas_development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY lib/include/deepblas DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY lib/share/mnist-sample DESTINATION "${CMAKE_INSTALL_DATADIR}/deepblas"
  COMPONENT deepblas_data)
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT deepblas_license)

if(DEEPBLAS_BUILD_APPS)
  install(TARGETS deepblas-cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    COMPONENT deepblas_program)
  if(BUILD_SHARED_LIBS)
    file(RELATIVE_PATH from_bin_to_lib
      "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
    set_target_properties(deepblas-cli PROPERTIES
      INSTALL_RPATH "$ORIGIN/${from_bin_to_lib}")
  endif()
endif()

# find_package(deepblas)
set(deepblas_png "${PNG_FOUND}")
install(EXPORT deepblasTargets NAMESPACE deepblas:: DESTINATION "${cmake_folder}")
configure_package_config_file(cmake/deepblasConfig.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/deepblasConfig.cmake"
  INSTALL_DESTINATION "${cmake_folder}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# While the version is 0.x, each minor version may break the interface.
write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/deepblasConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/deepblasConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/deepblasConfigVersion.cmake"
  cmake/DeepblasFindOpenBLAS.cmake
  cmake/DeepblasFindLibzip.cmake
  DESTINATION "${cmake_folder}")

# pkg-config. A shared libdeepblas brings its dependencies along; a static one needs them on
# every link line. Those that the linker finds by itself are named directly: naming their own .pc files would bring in,
# under --static, what only their static versions need (libgfortran, OpenSSL), and what
# Debian does not install with them.
function(add_pc_dependency library symbol pc_name)
  check_library_exists(${library} ${symbol} "" DEEPBLAS_LINKS_PLAIN_${library})
  if(DEEPBLAS_LINKS_PLAIN_${library})
    set(pc_libs "${pc_libs} -l${library}" PARENT_SCOPE)
  else()
    set(pc_requires "${pc_requires} ${pc_name}" PARENT_SCOPE)
  endif()
endfunction()

set(pc_libs "")
set(pc_requires "")
if(NOT BUILD_SHARED_LIBS)
  add_pc_dependency(openblas cblas_sgemm openblas)
  add_pc_dependency(zip zip_open libzip)
  if(PNG_FOUND)
    add_pc_dependency(png png_create_read_struct libpng)
  endif()
  add_pc_dependency(z inflate zlib)
  string(APPEND pc_libs " -lm -lpthread")
endif()
file(RELATIVE_PATH pc_prefix_from_pc
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
  BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
  BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE pc_includedir)
string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix_from_pc}")
# A system's pkg-config leaves the system's own folders out, where they are named plainly.
if(DEEPBLAS_DEBIAN)
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
endif()
configure_file(cmake/deepblas.pc.in "${CMAKE_CURRENT_BINARY_DIR}/deepblas.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/deepblas.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
