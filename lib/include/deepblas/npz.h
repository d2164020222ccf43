/* SPDX-License-Identifier: MIT
 *
 * NumPy's files: .npy (one array) and .npz (a zip of them, stored or deflated).
 * Format: numpy.lib.format, versions 1.0, 2.0 and 3.0.
 *
 * Reading takes little- and big-endian f2, f4, f8, integers of 1 to 8 bytes and bool, in
 * C or Fortran order; anything else (objects, structures, strings beside U) is refused by
 * name. A declared size is believed only as far as the file really holds it, so a small
 * file can never make the library ask for much memory. Compressed archives may unpack to
 * 1 MiB, or 100 times their size where that is more; one that goes beyond is refused
 * (DPB_ERR_SIZE), and can be read when its arrays are stored uncompressed.
 */
#ifndef DEEPBLAS_NPZ_H
#define DEEPBLAS_NPZ_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/model.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- one array */

/* Writes arrays in C order, little-endian, to a temporary file that is renamed: path is
 * either its old content or the whole new one. */
DPB_API dpb_status dpb_npy_save_floats(const char *path, const dpb_shape *shape,
                                       const float *values);
DPB_API dpb_status dpb_npy_save_bytes(const char *path, const dpb_shape *shape,
                                      const uint8_t *values);

/* -- an archive, read */

/* An open archive: its directory is read and checked, arrays are read on request. One
 * thread at a time. */
typedef struct dpb_npz dpb_npz;

/* Errors: DPB_ERR_NOT_FOUND, DPB_ERR_IO, DPB_ERR_FORMAT, DPB_ERR_SIZE, DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_npz_open(const char *path, dpb_npz **npz);
DPB_API void dpb_npz_close(dpb_npz *npz);

/* Number of arrays, and the name of one ("W1", without .npy); NULL outside 0..count-1. */
DPB_API int dpb_npz_count(const dpb_npz *npz);
DPB_API const char *dpb_npz_name(const dpb_npz *npz, int index);

/* Shape of an array, checked against the bytes that the archive holds for it.
 * DPB_ERR_NOT_FOUND when there is none of that name; DPB_ERR_SHAPE for a rank above
 * DPB_MAX_RANK. An extent may be 0 here. */
DPB_API dpb_status dpb_npz_shape(dpb_npz *npz, const char *name, dpb_shape *shape);

/* Converts an array of any rank to count values in C order; DPB_ERR_SHAPE when it has not
 * as many. A value that the target type cannot hold is DPB_ERR_DATA: a finite double
 * beyond float32, and for integers also a fraction, NaN or infinity. (A whole number
 * becomes the nearest float.) On failure values may be written in part. */
DPB_API dpb_status dpb_npz_read_floats(dpb_npz *npz, const char *name, float *values,
                                       size_t count);
DPB_API dpb_status dpb_npz_read_doubles(dpb_npz *npz, const char *name, double *values,
                                        size_t count);
DPB_API dpb_status dpb_npz_read_ints(dpb_npz *npz, const char *name, int64_t *values,
                                     size_t count);

/* A rank-0 string array (numpy str, dtype U), as UTF-8; always terminated, cut off at
 * capacity between two characters; *length (may be NULL) is the whole length. capacity 0,
 * with text NULL, asks for the length alone. */
DPB_API dpb_status dpb_npz_read_text(dpb_npz *npz, const char *name, char *text,
                                     size_t capacity, size_t *length);

/* -- an archive, written */

/* Gathers arrays in memory; nothing touches path before dpb_npz_writer_close. */
typedef struct dpb_npz_writer dpb_npz_writer;

/* deflate: 1 compresses, 0 stores. The same arrays give the same bytes. */
DPB_API dpb_status dpb_npz_writer_open(const char *path, int deflate,
                                       dpb_npz_writer **writer);
DPB_API dpb_status dpb_npz_write_floats(dpb_npz_writer *writer, const char *name,
                                        const dpb_shape *shape, const float *values);
/* The same as float16 (half.h): half the bytes, three digits. DPB_ERR_DATA for a finite
 * number of 65520 or more, in amount, which would become infinite. */
DPB_API dpb_status dpb_npz_write_halfs(dpb_npz_writer *writer, const char *name,
                                       const dpb_shape *shape, const float *values);
DPB_API dpb_status dpb_npz_write_doubles(dpb_npz_writer *writer, const char *name,
                                         const dpb_shape *shape, const double *values);
DPB_API dpb_status dpb_npz_write_ints(dpb_npz_writer *writer, const char *name,
                                      const dpb_shape *shape, const int64_t *values);
DPB_API dpb_status dpb_npz_write_text(dpb_npz_writer *writer, const char *name,
                                      const char *text);

/* Writes the archive to a temporary file, flushes it and renames it to path: on failure
 * the old file, if any, is untouched. Destroys the writer in any case. NULL does nothing.
 * DPB_ERR_STATE when no array was written.
 */
DPB_API dpb_status dpb_npz_writer_close(dpb_npz_writer *writer);

/* Destroys the writer and writes nothing. */
DPB_API void dpb_npz_writer_abandon(dpb_npz_writer *writer);

/* -- models */

/* Writes the parameters under their names, in the book's order, and the network itself:
 * "deepblas_format" (version), "deepblas_net" (its text) and "deepblas_input" (h, w, c).
 */
DPB_API dpb_status dpb_model_save(const dpb_model *model, const char *path);

/* The same with parameters and state as float16, in half the bytes. Reading such a file
 * is like reading any other. DPB_ERR_DATA names a tensor with a number that is too large:
 * nothing is written then. */
DPB_API dpb_status dpb_model_save_half(const dpb_model *model, const char *path);

/* Builds the network that a file of dpb_model_save describes, with its parameters. config
 * (may be NULL) gives max_batch, threads, inference and the rest; its input must be zero
 * or the file's.
 *
 * A file of a few bytes can describe a network with giant activations. So where config
 * sets no memory_limit, it is 24 MiB and 64 times the size of the file, for each worker
 * (up to 16 of them): a file that takes more is refused with DPB_ERR_SIZE, and the
 * message says how much it takes; who trusts it sets memory_limit as high (SIZE_MAX: no
 * limit). Where config leaves max_batch 0, mini-batches are as large as the limit allows,
 * up to 100: dpb_model_max_batch tells. */
DPB_API dpb_status dpb_model_load(const char *path, const dpb_model_config *config,
                                  dpb_model **model);

/* Fills a built model from bare weights, W1, b1, ...: every parameter must be there, with
 * the right shape, and nothing besides but names that begin with "deepblas_". On failure
 * the model is unchanged; the message names the tensor and both shapes. */
DPB_API dpb_status dpb_model_load_weights(dpb_model *model, const char *path);

#ifdef __cplusplus
}
#endif

#endif
