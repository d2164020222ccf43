/* SPDX-License-Identifier: MIT
 *
 * Mutations that reach behind checksums: a file is taken apart, a part is changed, and a
 * valid file is made of it again. What is no valid file is changed as bytes.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a file is taken apart into, at the most. */
enum { MUTATE_ROOM = 1 << 20, MUTATE_PARTS = 64, MUTATE_NAME = 64 };

/* A number below below; *seed moves on. */
uint32_t mutate_draw(unsigned *seed, uint32_t below);

/* A part of a file: an array of an archive, a chunk of a PNG. */
typedef struct mutate_part {
  char name[MUTATE_NAME];
  uint8_t *bytes;
  size_t size;
} mutate_part;

typedef struct mutate_parts {
  int count;
  mutate_part part[MUTATE_PARTS];
} mutate_parts;

/* Appends a part with a copy of bytes (NULL: zeros); false when there is no room. */
bool mutate_add(mutate_parts *parts, const char *name, const uint8_t *bytes, size_t size);

/* Replaces the bytes of a part. */
void mutate_set(mutate_part *part, const uint8_t *bytes, size_t size);

/* Takes a part out; all of them. */
void mutate_drop(mutate_parts *parts, int index);
void mutate_release(mutate_parts *parts);

/* Changes the bytes of a part as LLVMFuzzerMutate does. */
void mutate_bytes(mutate_part *part);

/* deflate, as zlib's window_bits say (15 zlib, 31 gzip, -15 raw): *count bytes in memory
 * for free(), NULL when that fails or becomes too large. */
uint8_t *mutate_inflate(const uint8_t *bytes, size_t size, int window_bits,
                        size_t *count);
uint8_t *mutate_deflate(const uint8_t *bytes, size_t size, int window_bits,
                        size_t *count);

/* Archives: false when it is none. Packing returns the size, 0 when max_size is too
 * small. */
bool mutate_unzip(const uint8_t *data, size_t size, mutate_parts *parts);
size_t mutate_zip(const mutate_parts *parts, bool deflate, uint8_t *out, size_t max_size);

/* Changes one array of an .npz archive: its dictionary, its numbers, its text, its name;
 * or doubles it, or takes it out. */
void mutate_array(mutate_parts *parts, unsigned *seed);

/* An .npy array with a header for descr and shape ("<f4", "(3,)"). */
void mutate_set_array(mutate_part *part, const char *descr, const char *shape,
                      const void *numbers, size_t bytes);

/* A text array: its ASCII characters, for free(), or NULL when it is none; and back. */
char *mutate_array_text(const mutate_part *part);
void mutate_set_text(mutate_part *part, const char *text);

/* gzip: what is inside is changed by inner (NULL: LLVMFuzzerMutate). Now and then plain
 * becomes gzip and the other way round. */
typedef size_t mutate_inner(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t mutate_gzip(uint8_t *data, size_t size, size_t max_size, unsigned seed,
                   mutate_inner *inner);

#endif
