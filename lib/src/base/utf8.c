/* SPDX-License-Identifier: MIT
 *
 * UTF-8, character by character.
 */
#include "base/utf8.h"

#include <stddef.h>

bool dpb__utf8_next(const unsigned char **text, uint32_t *c) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char lead = *(*text)++;
  size_t n = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (n == 0 || lead >= 0xf8) return false;
  *c = n == 1 ? lead : lead & (0x7fU >> n);
  for (size_t i = 1; i < n; i++) {
    if ((**text & 0xc0) != 0x80) return false;
    *c = *c << 6 | (*(*text)++ & 0x3fU);
  }
  return *c >= least[n] && *c <= 0x10ffff && (*c < 0xd800 || *c >= 0xe000);
}

bool dpb__utf8_is_valid(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  uint32_t c = 0;
  while (*at != '\0')
    if (!dpb__utf8_next(&at, &c)) return false;
  return true;
}
