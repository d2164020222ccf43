/* SPDX-License-Identifier: MIT
 *
 * The histogram of a layer's outputs, as numbers and as bars.
 */
#ifndef APP_HISTOGRAM_H
#define APP_HISTOGRAM_H

#include <deepblas/statistics.h>

#include "csv.h"
#include "figure.h"

/* A row for each bin: key, which may be several fields, low, high, count. */
void histogram_write(csv_file *csv, const char *key, const dpb_layer_statistics *layer);

/* The bins as bars of a panel that the caller has begun, over their whole range. */
void histogram_draw(figure *f, const dpb_layer_statistics *layer);

#endif
