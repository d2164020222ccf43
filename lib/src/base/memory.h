/* SPDX-License-Identifier: MIT
 *
 * The only two ways in which the library gets memory: zeroed small objects, and arenas.
 */
#ifndef DPB_BASE_MEMORY_H
#define DPB_BASE_MEMORY_H

#include <stddef.h>

#include <deepblas/status.h>

/* Zeroed memory for count objects of size bytes, from calloc. *out is NULL on
 * DPB_ERR_SIZE (the product overflows) and DPB_ERR_MEMORY; the message says what and how
 * many bytes. */
dpb_status dpb__allocate(size_t count, size_t size, const char *what, void **out);

/* free(). */
void dpb__release(void *memory);

#endif
