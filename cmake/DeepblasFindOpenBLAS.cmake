# SPDX-License-Identifier: MIT
#
# Finds OpenBLAS and defines the one target deepblas links: deepblas::openblas. Packagers
# differ, so three roads lead there, tried in this order:
#   1. the target OpenBLAS::OpenBLAS (upstream's CMake package, or a parent project's);
#   2. the variables of a CMake package that defines no target (Debian, Ubuntu);
#   3. pkg-config's openblas.pc.
# The file is installed too and used by deepblasConfig.cmake: the exported target names
# deepblas::openblas, and no path of the machine that built it.
# Sets deepblas_openblas_found.

set(deepblas_global)
if(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
  set(deepblas_global GLOBAL)
endif()

if(NOT TARGET deepblas::openblas)
  if(NOT TARGET OpenBLAS::OpenBLAS)
    find_package(OpenBLAS CONFIG QUIET)
  endif()
  if(TARGET OpenBLAS::OpenBLAS)
    add_library(deepblas::openblas INTERFACE IMPORTED ${deepblas_global})
    target_link_libraries(deepblas::openblas INTERFACE OpenBLAS::OpenBLAS)
  else()
    if(OpenBLAS_FOUND AND OpenBLAS_LIBRARIES)
      set(deepblas_openblas_libraries ${OpenBLAS_LIBRARIES})
      set(deepblas_openblas_includes ${OpenBLAS_INCLUDE_DIRS})
    else()
      find_package(PkgConfig QUIET)
      if(PKG_CONFIG_FOUND)
        pkg_check_modules(DEEPBLAS_PC_OPENBLAS QUIET openblas)
        set(deepblas_openblas_libraries ${DEEPBLAS_PC_OPENBLAS_LINK_LIBRARIES})
        set(deepblas_openblas_includes ${DEEPBLAS_PC_OPENBLAS_INCLUDE_DIRS})
      endif()
    endif()
    # Debian keeps its pthread, OpenMP and serial builds in folders of their own, behind one
    # link beside them. Linking through that link leaves the choice to the run time, and
    # keeps the folder of one build out of our programs' run path.
    list(TRANSFORM deepblas_openblas_libraries
         REPLACE "/openblas-(pthread|openmp|serial)/+libopenblas" "/libopenblas")
    if(deepblas_openblas_libraries)
      add_library(deepblas::openblas INTERFACE IMPORTED ${deepblas_global})
      target_link_libraries(deepblas::openblas INTERFACE ${deepblas_openblas_libraries})
      target_include_directories(deepblas::openblas INTERFACE ${deepblas_openblas_includes})
    endif()
    unset(deepblas_openblas_libraries)
    unset(deepblas_openblas_includes)
  endif()
endif()

if(TARGET deepblas::openblas)
  set(deepblas_openblas_found TRUE)
else()
  set(deepblas_openblas_found FALSE)
endif()
