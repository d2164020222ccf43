/* SPDX-License-Identifier: MIT
 *
 * Datasets from NumPy arrays, for the files of this folder.
 */
#ifndef DPB_DATA_ARRAY_DATA_H
#define DPB_DATA_ARRAY_DATA_H

#include <stdbool.h>

#include <deepblas/data_file.h>
#include <deepblas/npz.h>

/* An array of an archive, or a file. */
typedef struct dpb__array_ref {
  dpb_npz *npz;     /* NULL: name is the path of a .npy file */
  const char *path; /* of the archive, for messages */
  const char *name;
} dpb__array_ref;

/* Reads both arrays and makes a dataset of them. */
dpb_status dpb__array_dataset(const dpb__array_ref *features,
                              const dpb__array_ref *labels,
                              const dpb_array_config *config, dpb_dataset **dataset);

/* Whether an archive, or a folder of .npy files, has arrays of the split; the folder's
 * has_all: arrays that are not split. */
dpb_status dpb__npz_has_split(const char *path, dpb_split split, bool *yes);
dpb_status dpb__npy_folder_has_split(const char *folder, dpb_split split, bool *yes);
dpb_status dpb__npy_folder_has_all(const char *folder, bool *yes);

/* Arrays of a folder: of the split where it has such, else all. */
dpb_status dpb__npy_folder_load(const char *folder, dpb_split split,
                                const dpb_array_config *config, dpb_dataset **dataset);

#endif
