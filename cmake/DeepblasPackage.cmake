# SPDX-License-Identifier: MIT
#
# What cpack makes: of any build, the source archive (cpack --config CPackSourceConfig.cmake);
# of a build by the preset debian, Debian packages. scripts/make-packages does both.
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_SOURCE_PACKAGE_FILE_NAME "deepblas-${PROJECT_VERSION}")
set(CPACK_SOURCE_GENERATOR External)
set(CPACK_EXTERNAL_PACKAGE_SCRIPT "${PROJECT_SOURCE_DIR}/cmake/DeepblasSourceArchive.cmake")

if(NOT DEEPBLAS_DEBIAN)
  set(CPACK_GENERATOR TGZ)
  include(CPack)
  return()
endif()

if(NOT BUILD_SHARED_LIBS OR NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr" OR NOT DEEPBLAS_HELP2MAN)
  message(FATAL_ERROR "Debian packages are made of a shared library under /usr and man pages: "
    "cmake --preset debian, with help2man installed")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "deepblas developers <deepblas@example.org>")
endif()

# The packages of Debian 12 and 13 link different libraries, and the newer system's replace
# the older one's.
cmake_host_system_information(RESULT suite QUERY DISTRIB_ID DISTRIB_VERSION_ID)
string(JOIN "" suite ${suite})
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~${suite}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE deepblas)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

# Every package says whose it is and what changed. Debian wants both as it writes them.
set(debian "${PROJECT_BINARY_DIR}/debian")
set(debian_version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
string(TIMESTAMP debian_date "%a, %d %b %Y %H:%M:%S +0000" UTC) # heeds SOURCE_DATE_EPOCH
file(READ LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)\n\n(.*)" license "${license}")
set(debian_copyright "${CMAKE_MATCH_1}")
string(STRIP "${CMAKE_MATCH_2}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " debian_license "${license}")
configure_file(cmake/debian-copyright.in "${debian}/copyright" @ONLY)
configure_file(cmake/debian-changelog.in "${debian}/changelog.Debian" @ONLY)
configure_file(CHANGELOG.md "${debian}/changelog" COPYONLY)
execute_process(COMMAND gzip -9nf changelog changelog.Debian
  WORKING_DIRECTORY "${debian}" COMMAND_ERROR_IS_FATAL ANY)

# debian_package(COMPONENT NAME SECTION DESCRIPTION [DEPENDENCY...])
function(debian_package component name section description)
  string(TOUPPER "deepblas_${component}" upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME "${name}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION "${section}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
  list(TRANSFORM ARGN PREPEND deepblas_)
  set(CPACK_COMPONENT_${upper}_DEPENDS "${ARGN}" PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} "deepblas_${component}" PARENT_SCOPE)
  install(FILES "${debian}/copyright" "${debian}/changelog.gz" "${debian}/changelog.Debian.gz"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" COMPONENT "deepblas_${component}")
endfunction()

set(about "deepblas is the system that the book \"Deep Learning from Scratch\" builds,
in C11 on OpenBLAS: layers, losses, optimisers, training.
.
This package holds")
get_target_property(soversion deepblas SOVERSION)
debian_package(library libdeepblas${soversion} libs
"neural networks in C on OpenBLAS (shared library)
${about} the library that programs are linked with.")
debian_package(development libdeepblas-dev libdevel
"neural networks in C on OpenBLAS (development files)
${about} the headers, and what CMake and pkg-config look for." library)
debian_package(data deepblas-data science
"neural networks in C on OpenBLAS (sample data)
${about} a sample of MNIST, 6,000 handwritten digits.")
debian_package(program deepblas science
"neural networks in C on OpenBLAS (program)
${about} the program deepblas, which trains and asks networks, with
man pages and completion for bash and zsh." library data)
# A new library makes dpkg run ldconfig. (CPack adds scripts that call it too, as was done
# before there were triggers: lintian's two warnings.)
file(WRITE "${debian}/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_DEEPBLAS_LIBRARY_PACKAGE_CONTROL_EXTRA "${debian}/triggers")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_DEEPBLAS_LIBRARY_PACKAGE_SUGGESTS deepblas-data)
set(CPACK_DEBIAN_DEEPBLAS_PROGRAM_PACKAGE_SUGGESTS gnuplot-nox)
set(CPACK_DEBIAN_DEEPBLAS_DATA_PACKAGE_ARCHITECTURE all)

# After DeepblasManual.cmake: Debian's man pages are compressed.
install(CODE "
  file(GLOB pages \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man1/deepblas*.1\")
  execute_process(COMMAND gzip -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)"
  COMPONENT deepblas_program)

include(CPack)
