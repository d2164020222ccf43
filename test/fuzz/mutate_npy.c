/* SPDX-License-Identifier: MIT
 *
 * Changes of .npy arrays: of the dictionary, of the numbers, of text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_order.h"
#include "fuzz.h"
#include "mutate.h"

enum { PREFIX = 10, LONGEST = 4096 };

/* Length of the dictionary of a version 1 array, 0 when it is none. */
static size_t dictionary_of(const mutate_part *part) {
  if (part->size < PREFIX || memcmp(part->bytes, "\x93NUMPY\1", 7) != 0) return 0;
  const size_t length = (size_t)part->bytes[8] | (size_t)part->bytes[9] << 8;
  return length <= part->size - PREFIX ? length : 0;
}

/* Prefix, dictionary, numbers. */
static void join(mutate_part *part, const char *dictionary, size_t length,
                 const void *numbers, size_t bytes) {
  uint8_t *made = malloc(PREFIX + length + bytes + 1);
  FUZZ_EXPECT(made != NULL);
  memcpy(made, "\x93NUMPY\1", 8);
  made[8] = (uint8_t)length;
  made[9] = (uint8_t)(length >> 8);
  if (length > 0) memcpy(made + PREFIX, dictionary, length);
  if (bytes > 0) memcpy(made + PREFIX + length, numbers, bytes);
  mutate_set(part, made, PREFIX + length + bytes);
  free(made);
}

void mutate_set_array(mutate_part *part, const char *descr, const char *shape,
                      const void *numbers, size_t bytes) {
  char text[256];
  const int length =
      snprintf(text, sizeof text,
               "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape);
  join(part, text, (size_t)length, numbers, bytes);
  if (descr[1] != 'U')
    little_endian(part->bytes + part->size - bytes, (size_t)(descr[2] - '0'), bytes);
}

/* The dictionary is that of a text. */
static bool is_text(const mutate_part *part, size_t length) {
  for (size_t i = 0; i + 3 < length; i++)
    if (memcmp(part->bytes + PREFIX + i, "'<U", 3) == 0) return true;
  return false;
}

char *mutate_array_text(const mutate_part *part) {
  const size_t length = dictionary_of(part);
  const size_t begin = PREFIX + length;
  if (length == 0 || !is_text(part, length)) return NULL;
  const size_t count = (part->size - begin) / 4;
  char *text = malloc(count + 1);
  FUZZ_EXPECT(text != NULL);
  for (size_t i = 0; i < count; i++) text[i] = (char)part->bytes[begin + 4 * i];
  text[count] = '\0';
  return text;
}

void mutate_set_text(mutate_part *part, const char *text) {
  const size_t count = strlen(text);
  char descr[32];
  uint8_t *wide = calloc(count + 1, 4);
  FUZZ_EXPECT(wide != NULL);
  for (size_t i = 0; i < count; i++) wide[4 * i] = (uint8_t)text[i];
  snprintf(descr, sizeof descr, "<U%zu", count);
  mutate_set_array(part, descr, "()", wide, 4 * count);
  free(wide);
}

static void change_text(mutate_part *part) {
  char *text = mutate_array_text(part);
  if (text == NULL) {
    mutate_bytes(part);
    return;
  }
  uint8_t changed[LONGEST];
  size_t size = strlen(text) < LONGEST - 64 ? strlen(text) : LONGEST - 64;
  memcpy(changed, text, size);
  size = LLVMFuzzerMutate(changed, size, LONGEST - 1);
  changed[size] = '\0';
  mutate_set_text(part, (const char *)changed);
  free(text);
}

/* Changes the dictionary, or the numbers; the lengths of both stay true. */
static void change_half(mutate_part *part, bool head) {
  const size_t length = dictionary_of(part);
  if (length == 0) {
    mutate_bytes(part);
    return;
  }
  const size_t begin = PREFIX + length;
  mutate_part half = {.bytes = NULL};
  mutate_set(&half, part->bytes + (head ? PREFIX : begin),
             head ? length : part->size - begin);
  mutate_bytes(&half);
  uint8_t *whole = part->bytes; /* join reads it */
  const size_t size = part->size;
  part->bytes = NULL;
  if (head)
    join(part, (const char *)half.bytes, half.size, whole + begin, size - begin);
  else
    join(part, (const char *)whole + PREFIX, length, half.bytes, half.size);
  free(whole);
  free(half.bytes);
}

/* Numbers of int64 that are at borders. */
static void change_ints(mutate_part *part, unsigned *seed) {
  static const int64_t telling[] = {0,    1,     2,          3,          8, 28,
                                    1000, 65536, 2147483647, 2147483648, -1};
  const size_t begin = PREFIX + dictionary_of(part);
  if (begin == PREFIX || part->size < begin + 8) return;
  const size_t count = (part->size - begin) / 8;
  const uint32_t which = mutate_draw(seed, (uint32_t)count);
  int64_t value = telling[mutate_draw(seed, sizeof telling / sizeof *telling)];
  little_endian(&value, sizeof value, sizeof value);
  memcpy(part->bytes + begin + 8 * (size_t)which, &value, sizeof value);
}

void mutate_array(mutate_parts *parts, unsigned *seed) {
  if (parts->count == 0) return;
  const int index = (int)mutate_draw(seed, (uint32_t)parts->count);
  mutate_part *part = &parts->part[index];
  const mutate_part *other = &parts->part[mutate_draw(seed, (uint32_t)parts->count)];
  switch (mutate_draw(seed, 12)) {
  case 0:
    mutate_drop(parts, index);
    return;
  case 1:
    mutate_add(parts, other->name, part->bytes, part->size);
    return;
  case 2:
    memcpy(part->name, other->name, sizeof part->name);
    return;
  case 3:
    part->name[mutate_draw(seed, 4)] = (char)('0' + mutate_draw(seed, 75));
    return;
  case 4:
    mutate_bytes(part);
    return;
  case 5:
  case 6:
    change_ints(part, seed);
    return;
  case 7:
  case 8:
    change_half(part, false);
    return;
  case 9:
    change_text(part);
    return;
  default:
    change_half(part, true);
    return;
  }
}
