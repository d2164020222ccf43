/* SPDX-License-Identifier: MIT
 *
 * Mutations of PNG images; what is none is changed as bytes.
 */
#ifndef MUTATE_PNG_H
#define MUTATE_PNG_H

#include <stddef.h>
#include <stdint.h>

size_t mutate_png(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
