/* SPDX-License-Identifier: MIT
 *
 * The names of classes.
 */
#include "base/names.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "base/utf8.h"

dpb_status dpb__class_names_copy(int count, const char *const *names, char ***copy) {
  *copy = NULL;
  size_t size = 0;
  bool fits = dpb__size_mul((size_t)count, sizeof(char *), &size);
  for (int i = 0; i < count && fits; i++) {
    fits = dpb__size_add(size, strlen(names[i]) + 1, &size);
  }
  if (!fits) return dpb__fail(DPB_ERR_SIZE, "class names: %d are too many", count);
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, size, "class names", &memory);
  if (status != DPB_OK) return status;
  *copy = memory;
  char *at = (char *)(*copy + count);
  for (int i = 0; i < count; i++) {
    size_t length = strlen(names[i]) + 1;
    (*copy)[i] = memcpy(at, names[i], length);
    at += length;
  }
  return DPB_OK;
}

dpb_status dpb__class_names_check(int count, const char *const *names) {
  for (int i = 0; i < count; i++) {
    if (names[i] == NULL || names[i][0] == '\0') {
      return dpb__fail(DPB_ERR_ARG, "class names: the name of class %d is %s", i,
                       names[i] == NULL ? "NULL" : "empty");
    }
  }
  return DPB_OK;
}

/* -- as one text */

/* What stands for a byte that is not written as it is: \x0a. */
#define ESCAPED 4

static bool is_plain(unsigned char c, bool utf8) {
  return c >= 0x20 && c != '\\' && c != 0x7f && (c < 0x80 || utf8);
}

/* Writes a name, or only counts: at may be NULL. Returns the length. */
static size_t put_name(const char *name, char *at) {
  static const char digits[] = "0123456789abcdef";
  const bool utf8 = dpb__utf8_is_valid(name);
  size_t length = 0;
  for (const char *from = name; *from != '\0'; from++) {
    const unsigned char c = (unsigned char)*from;
    if (is_plain(c, utf8)) {
      if (at != NULL) at[length] = *from;
      length++;
      continue;
    }
    const char escape[ESCAPED] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
    if (at != NULL) memcpy(at + length, escape, ESCAPED);
    length += ESCAPED;
  }
  return length;
}

dpb_status dpb__class_names_join(int count, char *const *names, char **text) {
  *text = NULL;
  size_t size = 0;
  bool fits = true;
  for (int i = 0; i < count && fits; i++) {
    fits = dpb__size_add(size, put_name(names[i], NULL) + 1, &size);
  }
  if (!fits) return dpb__fail(DPB_ERR_SIZE, "class names: %d are too many", count);
  void *memory = NULL;
  dpb_status status = dpb__allocate(size + 1, 1, "class names", &memory);
  if (status != DPB_OK) return status;
  *text = memory;
  char *at = memory;
  for (int i = 0; i < count; i++) {
    if (i > 0) *at++ = '\n';
    at += put_name(names[i], at);
  }
  return DPB_OK;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Turns escapes back into bytes, in place; false where one is none. */
static bool unescape(char *name) {
  char *to = name;
  for (const char *from = name; *from != '\0'; from++) {
    if (*from != '\\') {
      *to++ = *from;
      continue;
    }
    if (from[1] != 'x' || digit(from[2]) < 0 || digit(from[3]) < 0) return false;
    const int c = 16 * digit(from[2]) + digit(from[3]);
    if (c == 0) return false;
    *to++ = (char)c;
    from += ESCAPED - 1;
  }
  *to = '\0';
  return to > name;
}

int dpb__class_names_split(char *text, int most, char **names) {
  int count = 0;
  for (char *at = text; at != NULL && count < most; count++) {
    char *end = strchr(at, '\n');
    if (end != NULL) *end++ = '\0';
    if (!unescape(at)) return -count - 1;
    names[count] = at;
    at = end;
    if (at != NULL && count + 1 == most) return most + 1;
  }
  return count;
}
