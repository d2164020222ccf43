/* SPDX-License-Identifier: MIT
 *
 * PNG images with the right checksums: a chunk is changed, or the rows of pixels behind
 * their compression.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "mutate.h"
#include "mutate_png.h"

enum { SIGNATURE = 8, AROUND = 12, ZLIB = 15 };

static uint32_t get(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put(uint8_t *at, uint32_t value) {
  for (int i = 4; i-- > 0; value >>= 8) at[i] = (uint8_t)value;
}

/* Chunks by their names; the pieces of IDAT become one. */
static bool take_apart(const uint8_t *data, size_t size, mutate_parts *parts) {
  parts->count = 0;
  if (size < SIGNATURE || memcmp(data, "\x89PNG\r\n\x1a\n", SIGNATURE) != 0) return false;
  for (size_t at = SIGNATURE; at < size;) {
    const size_t length = size - at >= AROUND ? get(data + at) : SIZE_MAX;
    if (length > size - at - AROUND) break;
    char name[5] = "";
    memcpy(name, data + at + 4, 4);
    mutate_part *last = parts->count > 0 ? &parts->part[parts->count - 1] : NULL;
    if (last != NULL && strcmp(name, "IDAT") == 0 && strcmp(last->name, name) == 0) {
      uint8_t *longer = realloc(last->bytes, last->size + length + 1);
      FUZZ_EXPECT(longer != NULL);
      memcpy(longer + last->size, data + at + 8, length);
      last->bytes = longer;
      last->size += length;
    } else if (!mutate_add(parts, name, data + at + 8, length)) {
      break;
    }
    at += length + AROUND;
  }
  return parts->count > 0;
}

static size_t put_together(const mutate_parts *parts, uint8_t *out, size_t max_size) {
  if (max_size < SIGNATURE) return 0;
  memcpy(out, "\x89PNG\r\n\x1a\n", SIGNATURE);
  size_t at = SIGNATURE;
  for (int i = 0; i < parts->count; i++) {
    const mutate_part *part = &parts->part[i];
    if (max_size - at < AROUND + part->size) return 0;
    put(out + at, (uint32_t)part->size);
    memcpy(out + at + 4, part->name, 4);
    if (part->size > 0) memcpy(out + at + 8, part->bytes, part->size);
    put(out + at + 8 + part->size,
        (uint32_t)crc32(0, out + at + 4, (uInt)part->size + 4));
    at += part->size + AROUND;
  }
  return at;
}

static void change_rows(mutate_part *part) {
  size_t count = 0;
  uint8_t *rows = mutate_inflate(part->bytes, part->size, ZLIB, &count);
  if (rows == NULL) return;
  count = LLVMFuzzerMutate(rows, count, MUTATE_ROOM);
  size_t packed = 0;
  uint8_t *made = mutate_deflate(rows, count, ZLIB, &packed);
  free(rows);
  if (made != NULL) mutate_set(part, made, packed);
  free(made);
}

/* Width, height, depth, colour, interlace. */
static void change_header(mutate_part *part, unsigned *seed) {
  static const uint8_t depths[] = {1, 2, 4, 8, 16};
  static const uint8_t colours[] = {0, 2, 3, 4, 6};
  if (part->size < 13) return;
  switch (mutate_draw(seed, 4)) {
  case 0:
    put(part->bytes + 4 * mutate_draw(seed, 2),
        mutate_draw(seed, 2) ? mutate_draw(seed, 64) : 1u << mutate_draw(seed, 32));
    return;
  case 1:
    part->bytes[8] = depths[mutate_draw(seed, 5)];
    return;
  case 2:
    part->bytes[9] = colours[mutate_draw(seed, 5)];
    return;
  default:
    part->bytes[12] ^= 1;
    return;
  }
}

static void add_chunk(mutate_parts *parts, unsigned *seed) {
  static const char *const names[] = {"PLTE", "tRNS", "gAMA", "sBIT", "cHRM", "bKGD",
                                      "tEXt", "zTXt", "iTXt", "iCCP", "sPLT", "eXIf"};
  const int before = parts->count;
  uint8_t bytes[48];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)mutate_draw(seed, 256);
  if (before < 2 || !mutate_add(parts, names[mutate_draw(seed, 12)], bytes,
                                3 * (size_t)mutate_draw(seed, 16)))
    return;
  const mutate_part added = parts->part[before];
  memmove(&parts->part[2], &parts->part[1], (size_t)(before - 1) * sizeof added);
  parts->part[1] = added;
}

size_t mutate_png(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  mutate_parts parts;
  const uint32_t how = mutate_draw(&seed, 10);
  if (how == 0 || !take_apart(data, size, &parts))
    return LLVMFuzzerMutate(data, size, max_size);
  mutate_part *part = &parts.part[mutate_draw(&seed, (uint32_t)parts.count)];
  if (how < 4) {
    change_header(&parts.part[0], &seed);
  } else if (how < 7) {
    for (int i = 0; i < parts.count; i++)
      if (strcmp(parts.part[i].name, "IDAT") == 0) change_rows(&parts.part[i]);
  } else if (how == 7) {
    add_chunk(&parts, &seed);
  } else if (how == 8) {
    mutate_drop(&parts, (int)(part - parts.part));
  } else {
    mutate_bytes(part);
  }
  uint8_t *made = malloc(max_size + 1);
  FUZZ_EXPECT(made != NULL);
  const size_t count = put_together(&parts, made, max_size);
  if (count > 0) memcpy(data, made, count);
  free(made);
  mutate_release(&parts);
  return count > 0 ? count : size;
}
