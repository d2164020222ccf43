/* SPDX-License-Identifier: MIT
 *
 * A folder with a folder for each class. Images are gathered as they are read, so that
 * memory follows what was really there.
 */
#include <deepblas/data_file.h>

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/dataset.h"
#include "data/image_folder.h"
#include "file/folder.h"
#include "file/picture.h"

enum { MAX_CLASSES = 65536 };

typedef struct gallery {
  dpb_dataset parts;
  size_t capacity;  /* images */
  char *first_path; /* of the image that set the size */
} gallery;

static bool is_one_of(const char *ending, const char *const *list) {
  for (; *list != NULL; list++) {
    if (strcmp(ending, *list) == 0) return true;
  }
  return false;
}

static bool is_image(const char *name) {
  static const char *const known[] = {"png", "pgm", "ppm", "pnm", NULL};
  char ending[8];
  dpb__path_ending(name, ending);
  return is_one_of(ending, known);
}

/* Images that would be missed, were they passed over. */
static bool is_other_image(const char *name) {
  static const char *const known[] = {"jpg", "jpeg", "gif", "bmp", "webp",
                                      "tif", "tiff", "pbm", NULL};
  char ending[8];
  dpb__path_ending(name, ending);
  return is_one_of(ending, known);
}

/* Room for one more. */
static dpb_status make_room(gallery *g, size_t sample_count) {
  dpb_dataset *p = &g->parts;
  if (p->count < g->capacity) return DPB_OK;
  size_t larger = g->capacity == 0 ? 16 : g->capacity * 2;
  void *pixels = NULL, *labels = NULL;
  dpb_status status = dpb__allocate(larger, sample_count, "images", &pixels);
  if (status == DPB_OK)
    status = dpb__allocate(larger, sizeof(int32_t), "labels", &labels);
  if (status != DPB_OK) {
    dpb__release(pixels);
    return status;
  }
  if (p->count > 0) {
    memcpy(pixels, p->pixels, p->count * sample_count);
    memcpy(labels, p->labels, p->count * sizeof(int32_t));
  }
  dpb__release(p->pixels);
  dpb__release(p->labels);
  p->pixels = pixels;
  p->labels = labels;
  g->capacity = larger;
  return DPB_OK;
}

static dpb_status check_size(gallery *g, const char *path, dpb_hwc size) {
  dpb_hwc first = g->parts.sample;
  if (g->parts.count == 0) {
    g->parts.sample = size;
    void *copy = NULL;
    dpb_status status = dpb__allocate(strlen(path) + 1, 1, "path", &copy);
    if (status == DPB_OK) g->first_path = memcpy(copy, path, strlen(path));
    return status;
  }
  if (first.h == size.h && first.w == size.w && first.c == size.c) return DPB_OK;
  return dpb__fail(DPB_ERR_DATA,
                   "%s: is %dx%dx%d (height, width, channels), but %s is %dx%dx%d; all "
                   "images must have one size",
                   path, size.h, size.w, size.c, g->first_path, first.h, first.w,
                   first.c);
}

static dpb_status add_image(gallery *g, const char *path, int32_t class) {
  dpb__picture picture;
  dpb_status status = dpb__picture_read(path, &picture);
  if (status != DPB_OK) return status;
  dpb_hwc s = picture.size;
  size_t sample_count = (size_t)s.h * (size_t)s.w * (size_t)s.c;
  status = check_size(g, path, s);
  if (status == DPB_OK) status = make_room(g, sample_count);
  if (status == DPB_OK) {
    size_t row = g->parts.count++;
    memcpy(g->parts.pixels + row * sample_count, picture.bytes, sample_count);
    g->parts.labels[row] = class;
  }
  dpb__release(picture.bytes);
  return status;
}

static dpb_status add_file(gallery *g, const char *folder, const dpb__folder_entry *entry,
                           int32_t class) {
  if (entry->kind == DPB__PATH_FOLDER) return DPB_OK;
  if (is_other_image(entry->name)) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s/%s: only PNG, PGM and PPM images are read",
                     folder, entry->name);
  }
  if (!is_image(entry->name)) return DPB_OK;
  char *path = NULL;
  dpb_status status = dpb__path_join(folder, entry->name, &path);
  if (status == DPB_OK) status = add_image(g, path, class);
  dpb__release(path);
  return status;
}

/* must_have: a class without images is an error. */
static dpb_status add_class(gallery *g, const char *folder, const char *name,
                            int32_t class, bool must_have) {
  char *path = NULL;
  dpb__folder files = {.entries = NULL};
  size_t before = g->parts.count;
  dpb_status status = dpb__path_join(folder, name, &path);
  if (status == DPB_OK) status = dpb__folder_read(path, &files);
  for (size_t i = 0; i < files.count && status == DPB_OK; i++) {
    status = add_file(g, path, &files.entries[i], class);
  }
  if (status == DPB_OK && must_have && g->parts.count == before) {
    status = dpb__fail(DPB_ERR_DATA, "%s: the folder of a class holds no images", path);
  }
  dpb__folder_release(&files);
  dpb__release(path);
  return status;
}

/* Leaves the folders alone. */
static void drop_files(dpb__folder *folder) {
  size_t kept = 0;
  for (size_t i = 0; i < folder->count; i++) {
    if (folder->entries[i].kind == DPB__PATH_FOLDER) {
      folder->entries[kept++] = folder->entries[i];
    } else {
      dpb__release(folder->entries[i].name);
    }
  }
  folder->count = kept;
}

static int32_t find_class(const dpb__folder *classes, const char *name) {
  for (size_t i = 0; i < classes->count; i++) {
    if (strcmp(classes->entries[i].name, name) == 0) return (int32_t)i;
  }
  return -1;
}

static dpb_status name_classes(const dpb__folder *classes, dpb_dataset *parts) {
  void *names = NULL;
  dpb_status status =
      dpb__allocate(classes->count, sizeof(char *), "class names", &names);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < classes->count; i++) {
    ((const char **)names)[i] = classes->entries[i].name;
  }
  parts->classes = (int)classes->count;
  status = dpb__class_names_copy(parts->classes, names, &parts->class_names);
  dpb__release(names);
  return status;
}

/* own: the folder's own class folders; classes: those whose numbers count. */
static dpb_status add_all(gallery *g, const char *folder, const char *classes_from,
                          const dpb__folder *own, const dpb__folder *classes) {
  if (classes->count == 0 || classes->count > MAX_CLASSES) {
    return dpb__fail(DPB_ERR_DATA, "%s: holds %zu class folders, 1 to %d are known",
                     classes_from, classes->count, MAX_CLASSES);
  }
  dpb_status status = name_classes(classes, &g->parts);
  for (size_t i = 0; i < own->count && status == DPB_OK; i++) {
    const char *name = own->entries[i].name;
    int32_t class = find_class(classes, name);
    if (class < 0) {
      return dpb__fail(DPB_ERR_DATA, "%s/%s: there is no such class in %s", folder, name,
                       classes_from);
    }
    status = add_class(g, folder, name, class, own == classes);
  }
  if (status == DPB_OK && g->parts.count == 0)
    status = dpb__fail(DPB_ERR_DATA, "%s: holds no images", folder);
  return status;
}

dpb_status dpb_dataset_load_images(const char *folder, const char *classes_from,
                                   dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "images: the out-pointer is NULL");
  *dataset = NULL;
  if (folder == NULL) return dpb__fail(DPB_ERR_ARG, "images: folder is NULL");
  gallery g = {.parts = {.scale = 1.0f / 255.0f}};
  dpb__folder own = {.entries = NULL}, other = {.entries = NULL};
  dpb_status status = dpb__folder_read(folder, &own);
  if (status == DPB_OK && classes_from != NULL)
    status = dpb__folder_read(classes_from, &other);
  drop_files(&own);
  drop_files(&other);
  if (status == DPB_OK) {
    status = add_all(&g, folder, classes_from != NULL ? classes_from : folder, &own,
                     classes_from != NULL ? &other : &own);
  }
  if (status == DPB_OK) status = dpb__dataset_adopt(&g.parts, dataset);
  if (status != DPB_OK) {
    dpb__release(g.parts.pixels);
    dpb__release(g.parts.labels);
    dpb__release(g.parts.class_names);
  }
  dpb__release(g.first_path);
  dpb__folder_release(&own);
  dpb__folder_release(&other);
  return status;
}

/* Whether one of the files is called as images are. */
static dpb_status has_images(const char *path, bool *yes) {
  dpb__folder files = {.entries = NULL};
  dpb_status status = dpb__folder_read(path, &files);
  for (size_t i = 0; i < files.count && !*yes; i++) {
    *yes = is_image(files.entries[i].name) || is_other_image(files.entries[i].name);
  }
  dpb__folder_release(&files);
  return status;
}

dpb_status dpb__is_image_folder(const char *path, bool *yes) {
  *yes = false;
  dpb__folder classes = {.entries = NULL};
  dpb_status status = dpb__folder_read(path, &classes);
  drop_files(&classes);
  for (size_t i = 0; i < classes.count && status == DPB_OK && !*yes; i++) {
    char *inner = NULL;
    status = dpb__path_join(path, classes.entries[i].name, &inner);
    if (status == DPB_OK) status = has_images(inner, yes);
    dpb__release(inner);
  }
  dpb__folder_release(&classes);
  return status;
}
