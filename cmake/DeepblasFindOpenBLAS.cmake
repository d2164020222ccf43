# SPDX-License-Identifier: MIT
#
# Finds OpenBLAS and defines the one target deepblas links: deepblas::openblas. Packagers
# differ, and what they say is not always so (Debian 13's CMake package names folders that
# do not exist). So each road that may lead there is tried, and only believed when a program
# compiles and links with what it gives:
#   1. the target OpenBLAS::OpenBLAS: a parent project's, or upstream's CMake package;
#   2. the variables of a CMake package that defines no target (Debian, Ubuntu);
#   3. pkg-config's openblas.pc;
#   4. cblas.h and libopenblas in the places where CMake looks.
# The file is installed too and used by deepblasConfig.cmake: the exported target names
# deepblas::openblas, and no path of the machine that built it.
# Sets deepblas_openblas_found, and deepblas_openblas_tried: a line for each road that ends.

set(deepblas_global)
if(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
  set(deepblas_global GLOBAL)
endif()

# Sets deepblas_openblas_found when a program links with these; notes what is wrong if not.
function(deepblas_try_openblas road libraries includes)
  set(wrong)
  foreach(path IN LISTS libraries includes)
    if(IS_ABSOLUTE "${path}" AND NOT EXISTS "${path}")
      set(wrong "it names ${path}, which does not exist")
    endif()
  endforeach()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(suffix)
  if("C" IN_LIST languages)
    set(suffix c)
  elseif("CXX" IN_LIST languages)
    set(suffix cpp)
  endif()
  # A target that is built here can be linked later only.
  set(built_here FALSE)
  if(TARGET "${libraries}")
    get_target_property(imported "${libraries}" IMPORTED)
    get_target_property(aliased "${libraries}" ALIASED_TARGET)
    if(aliased)
      get_target_property(imported "${aliased}" IMPORTED)
    endif()
    if(NOT imported)
      set(built_here TRUE)
    endif()
  endif()
  if(NOT wrong AND suffix AND NOT built_here)
    find_package(Threads QUIET)
    set(links FALSE)
    try_compile(links
      SOURCE_FROM_CONTENT "openblas.${suffix}" "
        #include <cblas.h>
        int main(void) { return openblas_get_config() == 0 ||
          cblas_sasum(0, (const float *)0, 1) > 0.0f; }"
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${includes}"
      LINK_LIBRARIES ${libraries} Threads::Threads m
      OUTPUT_VARIABLE output NO_CACHE)
    if(NOT links)
      string(REGEX MATCH "[^\n]*(error|undefined|cannot)[^\n]*" wrong "${output}")
      set(wrong "a program that uses ${libraries} does not compile and link: ${wrong}")
    endif()
  endif()
  if(wrong)
    list(APPEND deepblas_openblas_tried "${road}: ${wrong}")
  else()
    set(deepblas_openblas_found TRUE PARENT_SCOPE)
  endif()
  set(deepblas_openblas_tried "${deepblas_openblas_tried}" PARENT_SCOPE)
endfunction()

# One road: gives a name, libraries and include folders, if it leads anywhere. Debian keeps
# its pthread, OpenMP and serial builds in folders of their own, behind one link beside
# them. Linking through that link leaves the choice to the run time, and keeps the folder
# of one build out of our programs' run path.
macro(deepblas_openblas_road road libraries includes)
  if(NOT deepblas_openblas_found)
    set(deepblas_openblas_libraries ${libraries})
    list(TRANSFORM deepblas_openblas_libraries
         REPLACE "/openblas-(pthread|openmp|serial)/+libopenblas" "/libopenblas")
    if(deepblas_openblas_libraries)
      deepblas_try_openblas("${road}" "${deepblas_openblas_libraries}" "${includes}")
    else()
      list(APPEND deepblas_openblas_tried "${road}: there is none")
    endif()
    if(deepblas_openblas_found)
      add_library(deepblas::openblas INTERFACE IMPORTED ${deepblas_global})
      target_link_libraries(deepblas::openblas INTERFACE ${deepblas_openblas_libraries})
      target_include_directories(deepblas::openblas INTERFACE ${includes})
    endif()
    unset(deepblas_openblas_libraries)
  endif()
endmacro()

set(deepblas_openblas_tried)
set(deepblas_openblas_found FALSE)
if(TARGET deepblas::openblas)
  set(deepblas_openblas_found TRUE)
else()
  if(NOT TARGET OpenBLAS::OpenBLAS)
    find_package(OpenBLAS CONFIG QUIET)
  endif()
  if(TARGET OpenBLAS::OpenBLAS)
    deepblas_openblas_road("the target OpenBLAS::OpenBLAS" OpenBLAS::OpenBLAS "")
  else()
    deepblas_openblas_road("the CMake package OpenBLAS (${OpenBLAS_CONFIG})"
      "${OpenBLAS_LIBRARIES}" "${OpenBLAS_INCLUDE_DIRS}")
  endif()
  if(NOT deepblas_openblas_found)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(DEEPBLAS_PC_OPENBLAS QUIET openblas)
    endif()
    deepblas_openblas_road("pkg-config openblas"
      "${DEEPBLAS_PC_OPENBLAS_LINK_LIBRARIES}" "${DEEPBLAS_PC_OPENBLAS_INCLUDE_DIRS}")
  endif()
  if(NOT deepblas_openblas_found)
    find_library(DEEPBLAS_OPENBLAS_LIBRARY NAMES openblas openblasp
                 DOC "OpenBLAS, where no package says where it is")
    find_path(DEEPBLAS_OPENBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas
              DOC "The folder of OpenBLAS's cblas.h, likewise")
    if(DEEPBLAS_OPENBLAS_LIBRARY AND DEEPBLAS_OPENBLAS_INCLUDE_DIR)
      deepblas_openblas_road("DEEPBLAS_OPENBLAS_LIBRARY and DEEPBLAS_OPENBLAS_INCLUDE_DIR"
        "${DEEPBLAS_OPENBLAS_LIBRARY}" "${DEEPBLAS_OPENBLAS_INCLUDE_DIR}")
    else()
      deepblas_openblas_road("libopenblas and cblas.h where CMake looks" "" "")
    endif()
  endif()
endif()
