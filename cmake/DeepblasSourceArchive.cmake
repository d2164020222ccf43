# SPDX-License-Identifier: MIT
#
# Run by cpack for the source archive: the tree of the last commit, and nothing else that
# lies in the folder. The same commit gives the same bytes: git sorts the names, owns the
# files as root and dates them by the commit.
set(archive "${CPACK_TEMPORARY_DIRECTORY}/${CPACK_PACKAGE_FILE_NAME}.tar.gz")
file(MAKE_DIRECTORY "${CPACK_TEMPORARY_DIRECTORY}")
execute_process(
  COMMAND git -c tar.umask=0022 archive --format=tar "--prefix=${CPACK_PACKAGE_FILE_NAME}/" HEAD
  COMMAND gzip -9n
  WORKING_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}/.."
  OUTPUT_FILE "${archive}"
  COMMAND_ERROR_IS_FATAL ANY)
set(CPACK_EXTERNAL_BUILT_PACKAGES "${archive}")
