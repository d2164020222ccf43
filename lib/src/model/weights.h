/* SPDX-License-Identifier: MIT
 *
 * The pieces of a model file, for those who write files with more in them: the tensors of
 * a model, or as many numbers that belong to them, by name and in the book's order; and
 * what is said of the network.
 */
#ifndef DPB_MODEL_WEIGHTS_H
#define DPB_MODEL_WEIGHTS_H

#include <deepblas/npz.h>

#include "model/model.h"

/* Names with this in front are no tensors of the network. */
#define DPB__OWN_NAME "deepblas_"

/* Vectors laid out as a model's own. */
typedef struct dpb__vectors {
  float *params; /* flat_count numbers */
  float *state;  /* state_count numbers; NULL: parameters alone */
} dpb__vectors;

/* dpb_npz_write_floats or dpb_npz_write_halfs. */
typedef dpb_status dpb__write_numbers(dpb_npz_writer *writer, const char *name,
                                      const dpb_shape *shape, const float *values);

/* Writes the tensors of vectors as prefix + name: "W1". */
dpb_status dpb__weights_write(dpb_npz_writer *writer, const dpb_model *model,
                              const char *prefix, dpb__vectors vectors,
                              dpb__write_numbers *write);

/* Reads them back. Every tensor must be there, in its shape, and hold what accepts lets
 * pass. The model is planned; path is for messages. */
typedef bool dpb__accepts(const dpb__param *param, float value);
dpb_status dpb__weights_read(dpb_npz *npz, const char *path, const dpb_model *model,
                             const char *prefix, dpb__vectors vectors,
                             dpb__accepts *accepts);

/* Memory for vectors like the model's own, all zero; state where the model has some. */
dpb_status dpb__vectors_allocate(const dpb_model *model, dpb__vectors *vectors);
void dpb__vectors_release(dpb__vectors *vectors);

/* Makes them the model's. */
void dpb__vectors_put(dpb_model *model, const dpb__vectors *vectors);

/* Every tensor of the planned model is there in its shape, and no other but own names. */
dpb_status dpb__weights_fit(const dpb_model *model, dpb_npz *npz, const char *path);

/* -- what is said of the network (weights_head.c) */

/* Format, library version, network, input, class names and scaling. */
dpb_status dpb__head_write(dpb_npz_writer *writer, const dpb_model *model);

/* The format is one that this library reads. */
dpb_status dpb__head_check(dpb_npz *npz, const char *path);

/* A model that is created and planned, but not built, as the file describes it. config's
 * input must be zero or the file's. */
dpb_status dpb__head_read(dpb_npz *npz, const char *path, const dpb_model_config *config,
                          dpb_model **model);

/* The file is of the same network: DPB_ERR_SHAPE with both. */
dpb_status dpb__head_same(dpb_npz *npz, const char *path, const dpb_model *model);

/* Class names and scaling into a built model; the model keeps its own where the file has
 * none. */
dpb_status dpb__head_notes(dpb_npz *npz, const char *path, dpb_model *model);

#endif
