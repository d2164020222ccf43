/* SPDX-License-Identifier: MIT
 *
 * Folders of images, for the files of this folder.
 */
#ifndef DPB_DATA_IMAGE_FOLDER_H
#define DPB_DATA_IMAGE_FOLDER_H

#include <stdbool.h>

#include <deepblas/status.h>

/* Whether the folder has a folder that has an image, by the names of their files. */
dpb_status dpb__is_image_folder(const char *path, bool *yes);

#endif
