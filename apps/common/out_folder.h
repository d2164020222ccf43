/* SPDX-License-Identifier: MIT
 *
 * Folders for what a program writes.
 */
#ifndef APP_OUT_FOLDER_H
#define APP_OUT_FOLDER_H

/* mkdir -p: makes the folder and those above it. Returns 0, or -1 with errno set. It is
 * no failure that something stands there already. */
int folder_make(const char *path);

/* The folder of --out, made where it is not there: files can be written into it. Returns
 * EXIT_OK, or EXIT_DATA with the reason printed. */
int folder_for_output(const char *out);

/* "folder/name" in new memory; no second slash after "folder/". */
char *folder_join(const char *folder, const char *name);

#endif
