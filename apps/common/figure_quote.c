/* SPDX-License-Identifier: MIT
 *
 * Text from anywhere as gnuplot's 'quoted text'. Between single quotes gnuplot reads no
 * escapes and runs no `commands`; only the quote itself must be doubled, and a line must
 * not end.
 */
#include <string.h>

#include "figure_parts.h"

/* The bytes of the UTF-8 character at text, or 0 where there is none: no character is
 * encoded longer than need be, and half pairs of UTF-16 are none. */
static size_t utf8_length(const unsigned char *text) {
  if (text[0] < 0x80) return 1;
  size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
  if (text[0] < 0xc2 || text[0] > 0xf4) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  if (text[0] == 0xe0 && text[1] < 0xa0) return 0;
  if (text[0] == 0xed && text[1] > 0x9f) return 0;
  if (text[0] == 0xf0 && text[1] < 0x90) return 0;
  if (text[0] == 0xf4 && text[1] > 0x8f) return 0;
  /* U+FFFE and U+FFFF, which XML, thus SVG, does not know */
  if (text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe) return 0;
  return length;
}

static void put_character(FILE *to, const unsigned char *c, size_t length,
                          enum figure_quoting how) {
  int control = *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0);
  if (length == 0) {
    putc('?', to);
  } else if (control) {
    putc(' ', to);
  } else {
    fwrite(c, 1, length, to);
    int doubled =
        (*c == '\'' && how != FIGURE_BARE) || (*c == '%' && how == FIGURE_PERCENT);
    if (doubled) putc(*c, to);
  }
}

int figure_quote(FILE *to, const char *text, size_t longest, enum figure_quoting how) {
  const unsigned char *c = (const unsigned char *)text;
  int count = 0;
  if (how != FIGURE_BARE) putc('\'', to);
  for (; *c != '\0'; count++) {
    if ((size_t)count + 3 >= longest && strlen((const char *)c) > 3) {
      fputs("...", to);
      count += 3;
      break;
    }
    size_t length = utf8_length(c);
    put_character(to, c, length, how);
    c += length ? length : 1;
  }
  if (how != FIGURE_BARE) putc('\'', to);
  return count;
}
