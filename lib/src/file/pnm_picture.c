/* SPDX-License-Identifier: MIT
 *
 * PGM and PPM, binary: "P5" or "P6", width, height and the largest value as text, then
 * the values, one byte each or two (high byte first) where the largest is above 255.
 */
#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/picture.h"

typedef struct cursor {
  const uint8_t *at;
  const uint8_t *end;
} cursor;

static bool is_space(uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Blanks and comments, then a number below 100,000. */
static bool take_number(cursor *c, size_t *value) {
  while (c->at < c->end && (is_space(*c->at) || *c->at == '#')) {
    if (*c->at == '#') {
      while (c->at < c->end && *c->at != '\n') c->at++;
    } else {
      c->at++;
    }
  }
  const uint8_t *begin = c->at;
  *value = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    *value = *value * 10 + (size_t)(*c->at - '0');
    if (*value >= 100000) return false;
  }
  return c->at > begin;
}

/* Values up to largest become values up to 255, rounded. */
static dpb_status spread_values(const char *name, const uint8_t *from, size_t count,
                                size_t largest, uint8_t *out) {
  size_t width = largest > 255 ? 2 : 1;
  for (size_t i = 0; i < count; i++) {
    size_t value = width == 1 ? from[i] : (size_t)from[2 * i] << 8 | from[2 * i + 1];
    if (value > largest) {
      return dpb__fail(DPB_ERR_DATA, "%s: value %zu is %zu, above the largest, %zu", name,
                       i, value, largest);
    }
    out[i] = (uint8_t)((value * 255 + largest / 2) / largest);
  }
  return DPB_OK;
}

dpb_status dpb__picture_pnm(const char *name, const uint8_t *bytes, size_t count,
                            dpb__picture *picture) {
  cursor c = {bytes + 2, bytes + count};
  int channels = bytes[1] == '6' ? 3 : 1;
  size_t w, h, largest;
  if (!take_number(&c, &w) || !take_number(&c, &h) || !take_number(&c, &largest) ||
      c.at == c.end || !is_space(*c.at++) || largest < 1 || largest > 65535) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: malformed P%c header", name, bytes[1]);
  }
  size_t width = largest > 255 ? 2 : 1;
  size_t have = (size_t)(c.end - c.at);
  dpb_status status = dpb__picture_make(name, h, w, channels, have / width, picture);
  if (status != DPB_OK) return status;
  status = spread_values(name, c.at, h * w * (size_t)channels, largest, picture->bytes);
  if (status != DPB_OK) {
    dpb__release(picture->bytes);
    *picture = (dpb__picture){.bytes = NULL};
  }
  return status;
}
