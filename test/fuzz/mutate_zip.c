/* SPDX-License-Identifier: MIT
 *
 * Zip archives of .npy arrays, with the right checksums whatever is changed inside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "mutate.h"

enum { LOCAL = 30, CENTRAL = 46, END = 22, RAW = -15 };

static uint32_t get(const uint8_t *at, int bytes) {
  uint32_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | at[i];
  return value;
}

static uint8_t *put(uint8_t *at, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++, value >>= 8) *at++ = (uint8_t)value;
  return at;
}

/* -- taking apart */

/* The entry whose record of the central directory is at at. */
static bool take_entry(const uint8_t *data, size_t size, const uint8_t *at,
                       mutate_parts *parts) {
  const uint32_t method = get(at + 10, 2), packed = get(at + 20, 4);
  const uint32_t name = get(at + 28, 2), offset = get(at + 42, 4);
  if (name >= MUTATE_NAME || (size_t)offset + LOCAL > size) return false;
  const size_t begin =
      (size_t)offset + LOCAL + get(data + offset + 26, 2) + get(data + offset + 28, 2);
  if (begin > size || packed > size - begin) return false;
  char text[MUTATE_NAME] = "";
  memcpy(text, at + CENTRAL, name);
  if (method == 0) return mutate_add(parts, text, data + begin, packed);
  size_t count = 0;
  uint8_t *plain = mutate_inflate(data + begin, packed, RAW, &count);
  const bool added = plain != NULL && mutate_add(parts, text, plain, count);
  free(plain);
  return added;
}

bool mutate_unzip(const uint8_t *data, size_t size, mutate_parts *parts) {
  parts->count = 0;
  if (size < END || get(data + size - END, 4) != 0x06054b50) return false;
  uint32_t entries = get(data + size - END + 10, 2);
  size_t at = get(data + size - END + 16, 4);
  bool good = entries <= MUTATE_PARTS;
  for (; entries > 0 && good; entries--) {
    good = at <= size && size - at >= CENTRAL && get(data + at, 4) == 0x02014b50;
    if (!good) break;
    const size_t length = CENTRAL + get(data + at + 28, 2) + get(data + at + 30, 2) +
                          get(data + at + 32, 2);
    good = length <= size - at && take_entry(data, size, data + at, parts);
    at += length;
  }
  if (!good) mutate_release(parts);
  return good;
}

/* -- putting together */

typedef struct record {
  uint32_t method, crc, packed, size, offset;
} record;

/* What both kinds of headers have in common: version up to the length of the name. */
static uint8_t *put_common(uint8_t *at, const record *r, const char *name) {
  at = put(at, 20, 2);
  at = put(at, 0, 2);
  at = put(at, r->method, 2);
  at = put(at, 0x00210000, 4); /* 1980-01-01 */
  at = put(at, r->crc, 4);
  at = put(at, r->packed, 4);
  at = put(at, r->size, 4);
  at = put(at, (uint32_t)strlen(name), 2);
  return put(at, 0, 2);
}

static uint8_t *put_entry(uint8_t *at, const uint8_t *end, const mutate_part *part,
                          bool deflate, record *r) {
  size_t count = part->size;
  uint8_t *packed = deflate ? mutate_deflate(part->bytes, part->size, RAW, &count) : NULL;
  const uint8_t *bytes = packed != NULL ? packed : part->bytes;
  if (packed == NULL) count = part->size;
  r->method = packed != NULL ? 8 : 0;
  r->crc = (uint32_t)crc32(0, part->bytes, (uInt)part->size);
  r->packed = (uint32_t)count;
  r->size = (uint32_t)part->size;
  if ((size_t)(end - at) >= LOCAL + strlen(part->name) + count) {
    at = put(at, 0x04034b50, 4);
    at = put_common(at, r, part->name);
    memcpy(at, part->name, strlen(part->name));
    at += strlen(part->name);
    if (count > 0) memcpy(at, bytes, count);
    at += count;
  } else {
    at = NULL;
  }
  free(packed);
  return at;
}

size_t mutate_zip(const mutate_parts *parts, bool deflate, uint8_t *out,
                  size_t max_size) {
  record records[MUTATE_PARTS];
  uint8_t *at = out;
  const uint8_t *end = out + max_size;
  for (int i = 0; i < parts->count; i++) {
    records[i] = (record){.offset = (uint32_t)(at - out)};
    at = put_entry(at, end, &parts->part[i], deflate, &records[i]);
    if (at == NULL) return 0;
  }
  const uint32_t directory = (uint32_t)(at - out);
  for (int i = 0; i < parts->count; i++) {
    const char *name = parts->part[i].name;
    if ((size_t)(end - at) < CENTRAL + strlen(name) + END) return 0;
    at = put(at, 0x02014b50, 4);
    at = put(at, 20, 2);
    at = put_common(at, &records[i], name);
    memset(at, 0, 10); /* comment, disk, attributes */
    at = put(at + 10, records[i].offset, 4);
    memcpy(at, name, strlen(name));
    at += strlen(name);
  }
  if (end - at < END) return 0;
  const uint32_t length = (uint32_t)(at - out) - directory;
  at = put(at, 0x06054b50, 4);
  at = put(at, 0, 4);
  at = put(at, (uint32_t)parts->count, 2);
  at = put(at, (uint32_t)parts->count, 2);
  at = put(at, length, 4);
  at = put(at, directory, 4);
  return (size_t)(put(at, 0, 2) - out);
}
