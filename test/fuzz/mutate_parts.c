/* SPDX-License-Identifier: MIT
 *
 * Parts of files, deflate, and gzip.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "mutate.h"

uint32_t mutate_draw(unsigned *seed, uint32_t below) {
  uint32_t x = *seed * 747796405u + 2891336453u;
  *seed = x;
  x = ((x >> ((x >> 28) + 4)) ^ x) * 277803737u;
  return (x >> 22 ^ x) % below;
}

bool mutate_add(mutate_parts *parts, const char *name, const uint8_t *bytes,
                size_t size) {
  if (parts->count == MUTATE_PARTS || size > MUTATE_ROOM) return false;
  mutate_part *part = &parts->part[parts->count++];
  *part = (mutate_part){.bytes = calloc(1, size + 1), .size = size};
  FUZZ_EXPECT(part->bytes != NULL);
  snprintf(part->name, sizeof part->name, "%s", name);
  if (bytes != NULL && size > 0) memcpy(part->bytes, bytes, size);
  return true;
}

void mutate_set(mutate_part *part, const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size + 1);
  FUZZ_EXPECT(copy != NULL);
  if (size > 0) memcpy(copy, bytes, size);
  free(part->bytes);
  part->bytes = copy;
  part->size = size;
}

void mutate_drop(mutate_parts *parts, int index) {
  free(parts->part[index].bytes);
  memmove(&parts->part[index], &parts->part[index + 1],
          (size_t)(--parts->count - index) * sizeof(mutate_part));
}

void mutate_release(mutate_parts *parts) {
  for (int i = 0; i < parts->count; i++) free(parts->part[i].bytes);
  parts->count = 0;
}

void mutate_bytes(mutate_part *part) {
  const size_t room = part->size + 64;
  uint8_t *changed = malloc(room);
  FUZZ_EXPECT(changed != NULL);
  if (part->size > 0) memcpy(changed, part->bytes, part->size);
  const size_t size = LLVMFuzzerMutate(changed, part->size, room);
  mutate_set(part, changed, size);
  free(changed);
}

/* -- deflate */

uint8_t *mutate_inflate(const uint8_t *bytes, size_t size, int window_bits,
                        size_t *count) {
  z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
  uint8_t *out = malloc(MUTATE_ROOM);
  FUZZ_EXPECT(out != NULL && inflateInit2(&z, window_bits) == Z_OK);
  z.next_out = out;
  z.avail_out = MUTATE_ROOM;
  const int result = inflate(&z, Z_FINISH);
  *count = MUTATE_ROOM - z.avail_out;
  inflateEnd(&z);
  if (result == Z_STREAM_END) return out;
  free(out);
  return NULL;
}

uint8_t *mutate_deflate(const uint8_t *bytes, size_t size, int window_bits,
                        size_t *count) {
  z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
  const size_t room = size + size / 1000 + 128;
  uint8_t *out = malloc(room);
  FUZZ_EXPECT(out != NULL && deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8,
                                          Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_out = out;
  z.avail_out = (uInt)room;
  const int result = deflate(&z, Z_FINISH);
  *count = room - z.avail_out;
  deflateEnd(&z);
  if (result == Z_STREAM_END) return out;
  free(out);
  return NULL;
}

/* -- gzip */

enum { GZIP = 15 + 16 };

static size_t mutate_plain(uint8_t *data, size_t size, size_t max_size, unsigned seed,
                           mutate_inner *inner) {
  return inner ? inner(data, size, max_size, seed)
               : LLVMFuzzerMutate(data, size, max_size);
}

/* Puts it into data, unless it does not fit; frees it. */
static size_t put_back(uint8_t *made, size_t count, uint8_t *data, size_t size,
                       size_t max_size) {
  if (made != NULL && count <= max_size) {
    memcpy(data, made, count);
    size = count;
  }
  free(made);
  return size;
}

size_t mutate_gzip(uint8_t *data, size_t size, size_t max_size, unsigned seed,
                   mutate_inner *inner) {
  size_t count = 0, packed = 0;
  const uint32_t how = mutate_draw(&seed, 16);
  const bool gzip = size > 2 && data[0] == 0x1f && data[1] == 0x8b;
  if (!gzip && how == 0)
    return put_back(mutate_deflate(data, size, GZIP, &packed), packed, data, size,
                    max_size);
  uint8_t *plain = gzip && how > 1 ? mutate_inflate(data, size, GZIP, &count) : NULL;
  if (plain == NULL) return mutate_plain(data, size, max_size, seed, gzip ? NULL : inner);
  if (how == 2) return put_back(plain, count, data, size, max_size);
  count = mutate_plain(plain, count, MUTATE_ROOM, seed, inner);
  uint8_t *made = mutate_deflate(plain, count, GZIP, &packed);
  free(plain);
  return put_back(made, packed, data, size, max_size);
}
