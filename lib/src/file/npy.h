/* SPDX-License-Identifier: MIT
 *
 * The .npy format (numpy.lib.format, versions 1.0 to 3.0): a header that is a Python
 * dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, then the bare
 * elements.
 */
#ifndef DPB_FILE_NPY_H
#define DPB_FILE_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>
#include <deepblas/tensor.h>

#define DPB__NPY_MAGIC "\x93NUMPY"

enum {
  DPB__NPY_MAX_RANK = 32, /* NumPy's own limit */
  DPB__NPY_HEADER = 192   /* room for any header that is written here */
};

/* What an array is made of. kind: 'f' float, 'i' signed, 'u' unsigned, 'b' bool, 'U' text
 * in UCS-4. */
typedef struct dpb__npy {
  char kind;
  bool big_endian;
  bool fortran;
  int rank;
  size_t dim[DPB__NPY_MAX_RANK];
  size_t item;  /* bytes of one element */
  size_t count; /* elements: product of dim, 1 for rank 0 */
  size_t bytes; /* of all elements */
} dpb__npy;

/* The first bytes of a file, up to and with the length of the dictionary: *prefix of them
 * (10 or 12; at most 12 are needed here) and *length of the dictionary. name is for
 * messages. */
enum { DPB__NPY_PREFIX = 12 };
dpb_status dpb__npy_prefix(const char *name, const uint8_t *bytes, size_t count,
                           size_t *prefix, size_t *length);

/* The dictionary. DPB_ERR_FORMAT, DPB_ERR_UNSUPPORTED names the dtype, DPB_ERR_SIZE. */
dpb_status dpb__npy_parse(const char *name, const char *text, size_t length,
                          dpb__npy *npy);

/* The dpb_shape of an array; DPB_ERR_SHAPE above DPB_MAX_RANK, DPB_ERR_SIZE for an extent
 * that int cannot hold. */
dpb_status dpb__npy_shape(const char *name, const dpb__npy *npy, dpb_shape *shape);

/* The shape as text, "(50000, 784)", always terminated. */
void dpb__npy_shape_text(const dpb__npy *npy, char *text, size_t capacity);

/* Writes a whole header for descr ("<f4") and shape; returns its length, a multiple of 64
 * as NumPy's. Ranks and extents are valid. */
size_t dpb__npy_header(const char *descr, const dpb_shape *shape,
                       char header[DPB__NPY_HEADER]);

/* Elements as files have them: little-endian. out may be values itself. */
void dpb__npy_put_floats(size_t count, const float *values, uint8_t *out);
void dpb__npy_put_doubles(size_t count, const double *values, uint8_t *out);
void dpb__npy_put_ints(size_t count, const int64_t *values, uint8_t *out);

#endif
