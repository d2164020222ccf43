# SPDX-License-Identifier: MIT
#
# Finds libzip and defines the one target deepblas links: deepblas::libzip. A target
# libzip::zip that exists already is taken; otherwise pkg-config comes before libzip's own
# CMake package, because Debian's refuses to load unless libzip's command-line tools are
# installed as well. Installed too, for deepblasConfig.cmake. Sets deepblas_libzip_found.

set(deepblas_global)
if(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
  set(deepblas_global GLOBAL)
endif()

if(NOT TARGET deepblas::libzip)
  if(NOT TARGET libzip::zip)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(DEEPBLAS_PC_LIBZIP QUIET IMPORTED_TARGET ${deepblas_global} libzip)
    endif()
    if(NOT TARGET PkgConfig::DEEPBLAS_PC_LIBZIP)
      find_package(libzip CONFIG QUIET)
    endif()
  endif()
  if(TARGET libzip::zip)
    add_library(deepblas::libzip INTERFACE IMPORTED ${deepblas_global})
    target_link_libraries(deepblas::libzip INTERFACE libzip::zip)
  elseif(TARGET PkgConfig::DEEPBLAS_PC_LIBZIP)
    add_library(deepblas::libzip INTERFACE IMPORTED ${deepblas_global})
    target_link_libraries(deepblas::libzip INTERFACE PkgConfig::DEEPBLAS_PC_LIBZIP)
  endif()
endif()

if(TARGET deepblas::libzip)
  set(deepblas_libzip_found TRUE)
else()
  set(deepblas_libzip_found FALSE)
endif()
