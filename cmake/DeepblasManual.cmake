# SPDX-License-Identifier: MIT
#
# What is made from the program's own tables of options, and installed where shells and man
# look for it: completion for bash and zsh, and man pages where help2man is there. And the
# target docs: the API reference and the texts of docs/ as HTML, where Doxygen is there.

find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  add_custom_target(docs
    COMMAND "${PROJECT_SOURCE_DIR}/scripts/make-docs" "${CMAKE_CURRENT_BINARY_DIR}/docs"
    USES_TERMINAL VERBATIM)
endif()

# A program for another machine cannot be asked here.
if(CMAKE_CROSSCOMPILING OR NOT TARGET deepblas-cli)
  return()
endif()

set(manual "${CMAKE_CURRENT_BINARY_DIR}/manual")
set(manual_files "${manual}/deepblas" "${manual}/_deepblas")
add_custom_command(OUTPUT ${manual_files}
  COMMAND ${CMAKE_COMMAND} -E make_directory "${manual}"
  COMMAND deepblas-cli completion bash > "${manual}/deepblas"
  COMMAND deepblas-cli completion zsh > "${manual}/_deepblas"
  DEPENDS deepblas-cli VERBATIM)

find_program(DEEPBLAS_HELP2MAN help2man DOC "Makes the man pages")
if(DEEPBLAS_HELP2MAN)
  add_custom_command(OUTPUT "${manual}/man1/deepblas.1"
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${manual}/man1"
    COMMAND "${PROJECT_SOURCE_DIR}/scripts/make-man" $<TARGET_FILE:deepblas-cli>
      "${manual}/man1"
    DEPENDS deepblas-cli "${PROJECT_SOURCE_DIR}/scripts/make-man" VERBATIM)
  list(APPEND manual_files "${manual}/man1/deepblas.1")
endif()
add_custom_target(deepblas-manual ALL DEPENDS ${manual_files})

if(DEEPBLAS_INSTALL)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME deepblas_program)
  set(DEEPBLAS_ZSH_FOLDER "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING
    "Where zsh looks for completion of installed programs")
  install(FILES "${manual}/deepblas"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${manual}/_deepblas"
    DESTINATION "${DEEPBLAS_ZSH_FOLDER}")
  if(DEEPBLAS_HELP2MAN)
    install(DIRECTORY "${manual}/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}")
  endif()
endif()
