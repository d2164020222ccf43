# SPDX-License-Identifier: MIT
#
# Finds CMocka and defines the one target the tests link: deepblas::cmocka. Newer CMocka
# packages bring the target cmocka::cmocka, Debian's 1.1.5 only variables.

if(NOT TARGET deepblas::cmocka)
  if(NOT TARGET cmocka::cmocka)
    find_package(cmocka CONFIG QUIET)
  endif()
  if(TARGET cmocka::cmocka)
    add_library(deepblas::cmocka INTERFACE IMPORTED)
    target_link_libraries(deepblas::cmocka INTERFACE cmocka::cmocka)
  elseif(CMOCKA_LIBRARIES)
    add_library(deepblas::cmocka INTERFACE IMPORTED)
    target_link_libraries(deepblas::cmocka INTERFACE ${CMOCKA_LIBRARIES})
    target_include_directories(deepblas::cmocka INTERFACE ${CMOCKA_INCLUDE_DIR})
  else()
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(DEEPBLAS_PC_CMOCKA QUIET IMPORTED_TARGET cmocka)
    endif()
    if(TARGET PkgConfig::DEEPBLAS_PC_CMOCKA)
      add_library(deepblas::cmocka INTERFACE IMPORTED)
      target_link_libraries(deepblas::cmocka INTERFACE PkgConfig::DEEPBLAS_PC_CMOCKA)
    endif()
  endif()
endif()

if(NOT TARGET deepblas::cmocka)
  message(FATAL_ERROR "CMocka was not found: install it (Debian, Ubuntu: libcmocka-dev), "
                      "or build without the tests (-DDEEPBLAS_BUILD_TESTS=OFF)")
endif()
