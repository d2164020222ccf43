/* SPDX-License-Identifier: MIT
 *
 * Paths are plain text with slashes; nothing is resolved.
 */
#include "out_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

static int make_one(const char *path) {
  return mkdir(path, 0777) != 0 && errno != EEXIST ? -1 : 0;
}

int folder_make(const char *path) {
  if (*path == '\0') return make_one(path);
  char *copy = need_memory(strlen(path) + 1);
  strcpy(copy, path);
  int failed = 0;
  for (char *slash = strchr(copy + 1, '/'); slash && !failed;
       slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    failed = make_one(copy);
    *slash = '/';
  }
  if (!failed) failed = make_one(copy);
  int reason = errno;
  free(copy);
  errno = reason;
  return failed;
}

int folder_for_output(const char *out) {
  if (folder_make(out) != 0) {
    return fail(EXIT_DATA, "--out %s: making the folder failed: %s", out,
                strerror(errno));
  }
  struct stat about;
  if (stat(out, &about) != 0 || !S_ISDIR(about.st_mode)) {
    return fail(EXIT_DATA, "--out %s is not a folder", out);
  }
  if (access(out, W_OK | X_OK) != 0) {
    return fail(EXIT_DATA, "--out %s cannot be written to: %s", out, strerror(errno));
  }
  return EXIT_OK;
}

char *folder_join(const char *folder, const char *name) {
  size_t length = strlen(folder);
  size_t size = length + strlen(name) + 2;
  char *path = need_memory(size);
  int slash = length > 0 && folder[length - 1] == '/';
  snprintf(path, size, "%s%s%s", folder, slash ? "" : "/", name);
  return path;
}
