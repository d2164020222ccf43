/* SPDX-License-Identifier: MIT
 *
 * What is in a folder, in the order of the names, and paths put together.
 */
#ifndef DPB_FILE_FOLDER_H
#define DPB_FILE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

typedef enum dpb__path_kind {
  DPB__PATH_NOTHING = 0,
  DPB__PATH_FILE, /* also a device, which opening will refuse */
  DPB__PATH_FOLDER
} dpb__path_kind;

/* What path leads to, through symbolic links. That nothing is there is no failure; not
 * being told is one. size may be NULL. */
dpb_status dpb__path_look(const char *path, dpb__path_kind *kind, uint64_t *size);

/* "folder/name", for dpb__release. */
dpb_status dpb__path_join(const char *folder, const char *name, char **path);

/* The ending of name behind its last point ("png"), in lower case, cut off at 7
 * characters; "" where there is none. */
void dpb__path_ending(const char *name, char ending[8]);

typedef struct dpb__folder_entry {
  char *name;
  dpb__path_kind kind;
  uint64_t size; /* of a file */
} dpb__folder_entry;

/* All but hidden entries (.name), sorted by their bytes. */
typedef struct dpb__folder {
  dpb__folder_entry *entries;
  size_t count;
  size_t capacity;
} dpb__folder;

/* Begin with an empty one; release it in any case. */
dpb_status dpb__folder_read(const char *path, dpb__folder *folder);
void dpb__folder_release(dpb__folder *folder);

#endif
