/* SPDX-License-Identifier: MIT
 *
 * Folders, without a trace in errno.
 */
#include "file/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "file/os_error.h"

dpb_status dpb__path_look(const char *path, dpb__path_kind *kind, uint64_t *size) {
  *kind = DPB__PATH_NOTHING;
  if (size != NULL) *size = 0;
  int saved = errno;
  struct stat info;
  int error = stat(path, &info) == 0 ? 0 : errno;
  dpb_status status = DPB_OK;
  if (error == 0) {
    *kind = S_ISDIR(info.st_mode) ? DPB__PATH_FOLDER : DPB__PATH_FILE;
    if (size != NULL && *kind == DPB__PATH_FILE && info.st_size > 0)
      *size = (uint64_t)info.st_size;
  } else if (error != ENOENT && error != ENOTDIR && error != ELOOP) {
    status = dpb__fail_os(error, path, "look up");
  }
  errno = saved;
  return status;
}

dpb_status dpb__path_join(const char *folder, const char *name, char **path) {
  *path = NULL;
  size_t first = strlen(folder), second = strlen(name);
  while (first > 1 && folder[first - 1] == '/') first--;
  void *memory = NULL;
  dpb_status status = dpb__allocate(first + second + 2, 1, "path", &memory);
  if (status != DPB_OK) return status;
  *path = memory;
  memcpy(*path, folder, first);
  (*path)[first] = '/';
  memcpy(*path + first + 1, name, second);
  return DPB_OK;
}

void dpb__path_ending(const char *name, char ending[8]) {
  const char *slash = strrchr(name, '/');
  const char *point = strrchr(slash != NULL ? slash : name, '.');
  size_t length = 0;
  for (; point != NULL && point[1 + length] != '\0' && length < 7; length++) {
    char c = point[1 + length];
    ending[length] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  ending[length] = '\0';
}

static dpb_status add_entry(const char *path, const char *name, dpb__folder *folder) {
  if (folder->count == folder->capacity) {
    size_t larger = folder->capacity == 0 ? 64 : folder->capacity * 2;
    void *memory = NULL;
    dpb_status status = dpb__allocate(larger, sizeof *folder->entries, "folder", &memory);
    if (status != DPB_OK) return status;
    if (folder->count > 0)
      memcpy(memory, folder->entries, folder->count * sizeof *folder->entries);
    dpb__release(folder->entries);
    folder->entries = memory;
    folder->capacity = larger;
  }
  char *whole = NULL;
  dpb_status status = dpb__path_join(path, name, &whole);
  if (status != DPB_OK) return status;
  dpb__folder_entry entry = {.name = NULL};
  status = dpb__path_look(whole, &entry.kind, &entry.size);
  if (status != DPB_OK) {
    dpb__release(whole);
    return status;
  }
  /* the joined path becomes the name: it has room for it */
  memmove(whole, whole + strlen(whole) - strlen(name), strlen(name) + 1);
  entry.name = whole;
  folder->entries[folder->count++] = entry;
  return DPB_OK;
}

static int compare(const void *a, const void *b) {
  const dpb__folder_entry *x = a, *y = b;
  return strcmp(x->name, y->name);
}

dpb_status dpb__folder_read(const char *path, dpb__folder *folder) {
  *folder = (dpb__folder){.entries = NULL};
  int saved = errno;
  DIR *dir = opendir(path);
  dpb_status status = DPB_OK;
  if (dir == NULL) status = dpb__fail_os(errno, path, "open");
  while (dir != NULL && status == DPB_OK) {
    errno = 0;
    struct dirent *entry = readdir(dir);
    if (entry == NULL) {
      if (errno != 0) status = dpb__fail_os(errno, path, "read");
      break;
    }
    if (entry->d_name[0] != '.') status = add_entry(path, entry->d_name, folder);
  }
  if (dir != NULL) closedir(dir);
  if (folder->count > 1)
    qsort(folder->entries, folder->count, sizeof *folder->entries, compare);
  errno = saved;
  return status;
}

void dpb__folder_release(dpb__folder *folder) {
  for (size_t i = 0; i < folder->count; i++) dpb__release(folder->entries[i].name);
  dpb__release(folder->entries);
  *folder = (dpb__folder){.entries = NULL};
}
