/* SPDX-License-Identifier: MIT
 *
 * Labelled samples in memory, where they come from, and how mini-batches are drawn.
 */
#ifndef DEEPBLAS_DATASET_H
#define DEEPBLAS_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/model.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque and read-only once made: it owns its features (uint8 with a scale, or float) and
 * integer labels, and any number of threads may read it. */
typedef struct dpb_dataset dpb_dataset;

DPB_API void dpb_dataset_destroy(dpb_dataset *dataset);

/* Copies count samples of shape sample, (count, h, w, c), and their labels in
 * 0..classes-1. Errors: DPB_ERR_ARG, DPB_ERR_SIZE, DPB_ERR_DATA (a label out of range, a
 * feature that is not finite; named with its row), DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_dataset_from_floats(size_t count, dpb_hwc sample,
                                           const float *features, const int32_t *labels,
                                           int classes, dpb_dataset **dataset);

/* The same for bytes: pixel p counts as p * scale (finite). */
DPB_API dpb_status dpb_dataset_from_pixels(size_t count, dpb_hwc sample,
                                           const uint8_t *pixels, float scale,
                                           const int32_t *labels, int classes,
                                           dpb_dataset **dataset);

/* Reads an IDX pair, plain or gzip: images of magic 0x803, scaled by 1/255, and labels of
 * magic 0x801. classes is the largest label + 1, at least 2. Everything is checked:
 * magic, extents (a product that overflows, 0 samples), a file that ends early or goes
 * on, image and label counts that disagree. What a header declares is believed only as
 * far as a file of its size can hold it, so a small file never makes the library ask for
 * much memory. Errors: DPB_ERR_NOT_FOUND, DPB_ERR_IO, DPB_ERR_FORMAT, DPB_ERR_DATA,
 * DPB_ERR_SIZE, DPB_ERR_MEMORY; the message names the file and the numbers. */
DPB_API dpb_status dpb_dataset_load_idx(const char *images_path, const char *labels_path,
                                        dpb_dataset **dataset);

typedef enum dpb_split { DPB_TRAIN = 0, DPB_TEST = 1 } dpb_split;

/* Reads MNIST, or any set with its file names, from a folder: train-images-idx3-ubyte and
 * train-labels-idx1-ubyte, or t10k-..., each plain or .gz (the plain one where both are
 * there). DPB_ERR_NOT_FOUND names the missing file, the folder, and the command that
 * brings it. At least 10 classes are assumed, so that both splits agree. */
DPB_API dpb_status dpb_dataset_load_mnist(const char *folder, dpb_split split,
                                          dpb_dataset **dataset);

/* Where the sample of MNIST is: DEEPBLAS_SAMPLE_DIR in the environment, else the folder
 * of the installation that the running program belongs to (also when it was moved), of
 * the build tree, or of the installation as configured, whichever is there.
 * DPB_ERR_NOT_FOUND when none is. path receives at most capacity bytes. */
DPB_API dpb_status dpb_sample_folder(char *path, size_t capacity);

DPB_API size_t dpb_dataset_count(const dpb_dataset *dataset);
DPB_API dpb_hwc dpb_dataset_sample_shape(const dpb_dataset *dataset);
DPB_API int dpb_dataset_classes(const dpb_dataset *dataset);
DPB_API const int32_t *dpb_dataset_labels(const dpb_dataset *dataset);

/* Name of class 0..classes-1, owned by the dataset; NULL where classes have no names. */
DPB_API const char *dpb_dataset_class_name(const dpb_dataset *dataset, int index);

/* Names the classes: copies as many names as there are classes, none of them empty; NULL
 * takes them away. Not while another thread reads the dataset. */
DPB_API dpb_status dpb_dataset_set_class_names(dpb_dataset *dataset,
                                               const char *const *names);

/* The first count samples as a dataset of its own that shares nothing with the first. */
DPB_API dpb_status dpb_dataset_head(const dpb_dataset *dataset, size_t count,
                                    dpb_dataset **head);

/* Cuts a dataset in two at random: part holds fraction of the samples (rounded, at least
 * 1 and at most count - 1), rest the others, each in the order of the original. */
DPB_API dpb_status dpb_dataset_split(const dpb_dataset *dataset, double fraction,
                                     uint64_t seed, dpb_dataset **rest,
                                     dpb_dataset **part);

/* The same cut with each class by itself, so that both have all classes in (nearly) the
 * shares of the original: part holds as many samples as in dpb_dataset_split, of each
 * class fraction of its samples, rounded up or down; the last sample of a class stays in
 * rest. */
DPB_API dpb_status dpb_dataset_split_stratified(const dpb_dataset *dataset,
                                                double fraction, uint64_t seed,
                                                dpb_dataset **rest, dpb_dataset **part);

/* The samples rows[0..count-1], in that order, as a dataset of its own; a row may be
 * taken more than once. DPB_ERR_ARG names a row that is not there. */
DPB_API dpb_status dpb_dataset_select(const dpb_dataset *dataset, const uint32_t *rows,
                                      size_t count, dpb_dataset **selection);

/* A mini-batch of rows first .. first + n - 1, in order, that borrows from the dataset.
 */
DPB_API dpb_status dpb_dataset_batch(const dpb_dataset *dataset, size_t first, int n,
                                     dpb_batch *batch);

/* -- mini-batches */

typedef enum dpb_sampling {
  DPB_SHUFFLE = 0,     /* epochs: each sample once, in an order that differs per epoch */
  DPB_IN_ORDER,        /* epochs: each sample once, in the order of the dataset */
  DPB_WITH_REPLACEMENT /* the book's np.random.choice (section 4.2.3) */
} dpb_sampling;

/* Opaque; borrows the dataset, which must outlive it, and owns the order. */
typedef struct dpb_batcher dpb_batcher;

/* batch is at least 1; a batch larger than the dataset is cut to it. A new batcher stands
 * at the beginning of epoch 0. */
DPB_API dpb_status dpb_batcher_create(const dpb_dataset *dataset, int batch,
                                      dpb_sampling sampling, uint64_t seed,
                                      dpb_batcher **batcher);
DPB_API void dpb_batcher_destroy(dpb_batcher *batcher);

/* Mini-batches in an epoch: the last may be short, except with replacement. */
DPB_API size_t dpb_batcher_steps(const dpb_batcher *batcher);

/* Starts epoch number epoch (0, 1, ...): its order depends on seed and epoch alone. */
DPB_API dpb_status dpb_batcher_start(dpb_batcher *batcher, size_t epoch);

/* Mini-batch number step (0 .. steps - 1) of the epoch; borrows from batcher and dataset
 * until the next call. */
DPB_API dpb_status dpb_batcher_get(dpb_batcher *batcher, size_t step, dpb_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
