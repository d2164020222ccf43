# SPDX-License-Identifier: MIT
#
# For scripts/mutate, by CMAKE_PROJECT_deepblas_INCLUDE: all tests link the shared library,
# which exports private functions too. So a fault in one file takes the compilation of that
# file and one link. Tests that put functions of their own between the library and the
# system (--wrap) need a static library; they stay as they are.
function(open_library)
  set_property(TARGET deepblas_objects PROPERTY C_VISIBILITY_PRESET default)
  set_property(TARGET deepblas PROPERTY LINK_OPTIONS "")
  get_property(folders DIRECTORY test PROPERTY SUBDIRECTORIES)
  foreach(folder IN ITEMS test ${folders})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
      get_target_property(options ${target} LINK_OPTIONS)
      get_target_property(libraries ${target} LINK_LIBRARIES)
      if(libraries AND NOT options MATCHES "--wrap=")
        list(TRANSFORM libraries REPLACE "^deepblas_static$" deepblas)
        set_property(TARGET ${target} PROPERTY LINK_LIBRARIES "${libraries}")
      endif()
    endforeach()
  endforeach()
endfunction()

cmake_language(DEFER CALL open_library)
