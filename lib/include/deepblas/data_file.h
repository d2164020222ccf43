/* SPDX-License-Identifier: MIT
 *
 * Data of one's own, from files: CIFAR-10, CSV, NumPy arrays, folders of images; and one
 * call that recognises what a path is (docs/data.md).
 *
 * Every reader refuses what is wrong with the place and the numbers: file, line and
 * column, row, or image. What a header declares is believed only as far as the file can
 * hold it, so that a small file never makes the library ask for much memory. Errors of
 * all of them: DPB_ERR_ARG, DPB_ERR_NOT_FOUND, DPB_ERR_IO, DPB_ERR_FORMAT (not such a
 * file), DPB_ERR_DATA (such a file, with something wrong in it), DPB_ERR_SHAPE,
 * DPB_ERR_SIZE, DPB_ERR_UNSUPPORTED, DPB_ERR_MEMORY.
 */
#ifndef DEEPBLAS_DATA_FILE_H
#define DEEPBLAS_DATA_FILE_H

#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/scaling.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- one reader for each format */

/* CIFAR-10, binary version: a folder with data_batch_1.bin to data_batch_5.bin and
 * test_batch.bin, or one such file (split is not looked at then). Images are 32x32x3,
 * scaled by 1/255; class names come from batches.meta.txt where it lies beside. */
DPB_API dpb_status dpb_dataset_load_cifar10(const char *path, dpb_split split,
                                            dpb_dataset **dataset);

/* All zero: the last column is the label, the rest is found out. */
typedef struct dpb_csv_config {
  const char *label; /* the column of the class: its name in the header, or its number
                        from 1 on; NULL: the last */
  int header;        /* 1: the first line names the columns, -1: it does not; 0: it does
                        where none of its features is a number */
  char separator;    /* ',', ';', '\t', ...; 0: a tab, else ';', else ',', whichever the
                        first line has */
  int class_names;   /* 1: labels are names also where all are numbers */
  dpb_hwc sample;    /* what a row is, in the order h, w, c; all 0: a vector */
} dpb_csv_config;

/* Comma-separated values, plain or gzip: UTF-8 (a BOM is skipped), fields in double
 * quotes or bare, lines ended by LF, CRLF or CR, empty ones skipped. Numbers have a
 * decimal point, in every locale. Labels that are whole numbers are class numbers from
 * 0 on, up to 65535; where none is a number they are names, sorted (by their bytes), as
 * with class_names, which sorts names that are all whole numbers by their value. config
 * may be NULL. DPB_ERR_ARG for a header or a separator that cannot be, DPB_ERR_DATA for a
 * label column that the file does not have. */
DPB_API dpb_status dpb_dataset_load_csv(const char *path, const dpb_csv_config *config,
                                        dpb_dataset **dataset);

/* All zero: arrays are found by their names, images are n, h, w, c. */
typedef struct dpb_array_config {
  const char *features; /* name of the array in the archive; NULL: found, as labels */
  const char *labels;
  int channels_first; /* 1: images are n, c, h, w, as in the book and in PyTorch */
  dpb_hwc sample;     /* what a row of an (n, d) array is; all 0: a vector */
} dpb_array_config;

/* NumPy arrays in an .npz archive, or two .npy files. Features have the shape (n,),
 * (n, d), (n, h, w) or (n, h, w, c); bytes (uint8) stay bytes and count as byte / 255,
 * all else becomes float. Labels have the shape (n,) or (n, 1) and hold class numbers.
 * The names looked for in an archive: x, X, features, data or images, with y, labels,
 * target or targets; each also with "_train" or "_test" behind it or "train_" or "test_"
 * in front, where split then chooses. config may be NULL. */
DPB_API dpb_status dpb_dataset_load_npz(const char *path, dpb_split split,
                                        const dpb_array_config *config,
                                        dpb_dataset **dataset);
DPB_API dpb_status dpb_dataset_load_npy(const char *features_path,
                                        const char *labels_path,
                                        const dpb_array_config *config,
                                        dpb_dataset **dataset);

/* A folder with a folder for each class, named as the class, which holds its images: PNG
 * (where the library is built with libpng), PGM and PPM (binary). Classes and files are
 * in the order of their names. Images are greyscale or colour, all of one size; 16 bits
 * become 8, transparency is left out; they are scaled by 1/255. Other files are passed
 * over, but images of other formats (.jpg, ...) are refused. classes_from (may be NULL)
 * is another such folder, whose classes are taken: that of the training images. */
DPB_API dpb_status dpb_dataset_load_images(const char *folder, const char *classes_from,
                                           dpb_dataset **dataset);

/* Version of libpng, "1.6.39"; NULL when the library is built without it. */
DPB_API const char *dpb_png_version(void);

/* -- whatever it is */

typedef enum dpb_data_format {
  DPB_DATA_AUTO = 0, /* as recognised */
  DPB_DATA_IDX,      /* folder with MNIST's file names */
  DPB_DATA_CIFAR10,  /* folder or file */
  DPB_DATA_CSV,      /* file, or folder with train.csv and perhaps test.csv */
  DPB_DATA_NPZ,      /* archive */
  DPB_DATA_NPY,      /* folder with x.npy and y.npy, or x_train.npy, ... */
  DPB_DATA_IMAGES    /* folder of class folders, or of train/ and perhaps test/ */
} dpb_data_format;

/* "idx", "cifar10", "csv", "npz", "npy", "images"; "auto"; "unknown" for all else. */
DPB_API const char *dpb_data_format_name(dpb_data_format format);

typedef struct dpb_data_config {
  const char *path;
  dpb_data_format format;
  dpb_csv_config csv;
  dpb_array_config arrays;
  dpb_scaling_kind scaling; /* measured on the training split, set on both */
  double test_share;        /* held back as test where the data has none; 0: 0.2 */
  uint64_t seed;            /* of that choice */
  int accept_one_class;     /* 1: training data may be of one class; else refused, as
                               there is nothing to learn from it */
} dpb_data_config;

typedef struct dpb_data_info {
  dpb_data_format format;
  int own_test; /* 1: the data has a test split; 0: a share of each class was held back */
} dpb_data_info;

/* Loads a split, or both. Data without a test split is cut by
 * dpb_dataset_split_stratified, so that the same config gives the same cut. Classes are
 * those of the training data: a test split with another one is refused (IDX and CIFAR-10
 * have their ten). info may be NULL. On failure all out-pointers are NULL. */
DPB_API dpb_status dpb_data_load(const dpb_data_config *config, dpb_split split,
                                 dpb_dataset **dataset, dpb_data_info *info);
DPB_API dpb_status dpb_data_load_both(const dpb_data_config *config, dpb_dataset **train,
                                      dpb_dataset **test, dpb_data_info *info);

#ifdef __cplusplus
}
#endif

#endif
