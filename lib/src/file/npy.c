/* SPDX-License-Identifier: MIT
 *
 * The .npy format: the header, read.
 */
#include "file/npy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"

enum { MAGIC_SIZE = 6, V1_PREFIX = 10, V2_PREFIX = 12 };

/* The rest of the dictionary's text. */
typedef struct cursor {
  const char *at;
  const char *end;
} cursor;

static void skip_spaces(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n')) c->at++;
}

/* Takes the character, and spaces before it; false when another one is there. */
static bool take(cursor *c, char wanted) {
  skip_spaces(c);
  if (c->at == c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool take_word(cursor *c, const char *word) {
  skip_spaces(c);
  size_t length = strlen(word);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
  c->at += length;
  return true;
}

/* A string in quotes without escapes. */
static bool take_string(cursor *c, char *text, size_t capacity) {
  skip_spaces(c);
  if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
  char quote = *c->at++;
  size_t length = 0;
  while (c->at < c->end && *c->at != quote) {
    if (length + 1 >= capacity || *c->at == '\\') return false;
    text[length++] = *c->at++;
  }
  text[length] = '\0';
  return take(c, quote);
}

static bool take_size(cursor *c, size_t *value) {
  skip_spaces(c);
  const char *begin = c->at;
  size_t number = 0;
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
    if (!dpb__size_mul(number, 10, &number) ||
        !dpb__size_add(number, (size_t)(*c->at - '0'), &number)) {
      return false;
    }
    c->at++;
  }
  *value = number;
  return c->at > begin;
}

/* A tuple: "()", "(3,)", "(3, 4)". Python 2 wrote long numbers as 3L. */
static bool take_shape(cursor *c, dpb__npy *npy) {
  if (!take(c, '(')) return false;
  bool comma = true;
  npy->rank = 0;
  while (!take(c, ')')) {
    size_t extent;
    if (!comma || npy->rank == DPB__NPY_MAX_RANK || !take_size(c, &extent)) return false;
    if (c->at < c->end && *c->at == 'L') c->at++;
    npy->dim[npy->rank++] = extent;
    comma = take(c, ',');
  }
  return npy->rank != 1 || comma; /* "(3)" is a number, not a tuple */
}

static bool known_size(char kind, size_t item) {
  switch (kind) {
  case 'f':
    return item == 2 || item == 4 || item == 8;
  case 'i':
  case 'u':
    return item == 1 || item == 2 || item == 4 || item == 8;
  case 'b':
    return item == 1;
  default:
    return false;
  }
}

/* "<f4": byte order, kind, size; of U the size counts characters. */
static dpb_status read_descr(const char *name, const char *descr, dpb__npy *npy) {
  char order = descr[0];
  cursor rest = {.at = descr, .end = descr + strlen(descr)};
  size_t size = 0;
  bool well_formed = strlen(descr) >= 3 && strchr("<>|", order) != NULL;
  if (well_formed) {
    rest.at = descr + 2;
    well_formed = take_size(&rest, &size) && rest.at == rest.end;
  }
  npy->kind = well_formed ? descr[1] : '?';
  npy->big_endian = order == '>';
  npy->item = size;
  bool known =
      npy->kind == 'U' ? dpb__size_mul(size, 4, &npy->item) : known_size(npy->kind, size);
  if (known && (order != '|' || npy->item == 1)) return DPB_OK;
  return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: dtype '%s' is not supported", name, descr);
}

typedef struct dictionary {
  char descr[32];
  bool has_descr;
  bool has_order;
  bool has_shape;
} dictionary;

static bool take_order(cursor *c, dpb__npy *npy) {
  npy->fortran = take_word(c, "True");
  return npy->fortran || take_word(c, "False");
}

/* One entry; false when it is malformed, unknown or there twice. */
static bool take_entry(cursor *c, dictionary *d, dpb__npy *npy) {
  char key[16];
  if (!take_string(c, key, sizeof key) || !take(c, ':')) return false;
  if (strcmp(key, "descr") == 0 && !d->has_descr) {
    d->has_descr = true;
    return take_string(c, d->descr, sizeof d->descr);
  }
  if (strcmp(key, "fortran_order") == 0 && !d->has_order) {
    d->has_order = true;
    return take_order(c, npy);
  }
  if (strcmp(key, "shape") == 0 && !d->has_shape) {
    d->has_shape = true;
    return take_shape(c, npy);
  }
  return false;
}

static bool take_dictionary(cursor *c, dictionary *d, dpb__npy *npy) {
  if (!take(c, '{')) return false;
  bool comma = true;
  while (!take(c, '}')) {
    if (!comma || !take_entry(c, d, npy)) return false;
    comma = take(c, ',');
  }
  skip_spaces(c);
  return c->at == c->end && d->has_descr && d->has_order && d->has_shape;
}

static dpb_status count_elements(const char *name, dpb__npy *npy) {
  npy->count = 1;
  bool fits = true;
  for (int i = 0; i < npy->rank && fits; i++) {
    /* an extent of 0 further on must not make a product of nonsense look small */
    size_t nonzero = npy->dim[i] != 0 ? npy->dim[i] : 1;
    fits = dpb__size_mul(npy->count, nonzero, &npy->count);
  }
  fits = fits && dpb__size_mul(npy->count, npy->item, &npy->bytes);
  if (!fits) {
    char text[128];
    dpb__npy_shape_text(npy, text, sizeof text);
    return dpb__fail(DPB_ERR_SIZE, "%s: shape %s is too large", name, text);
  }
  for (int i = 0; i < npy->rank; i++) {
    if (npy->dim[i] == 0) npy->count = 0;
  }
  npy->bytes = npy->count * npy->item;
  return DPB_OK;
}

dpb_status dpb__npy_prefix(const char *name, const uint8_t *bytes, size_t count,
                           size_t *prefix, size_t *length) {
  if (count < V1_PREFIX || memcmp(bytes, DPB__NPY_MAGIC, MAGIC_SIZE) != 0) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: is not in NumPy's .npy format", name);
  }
  unsigned major = bytes[6], minor = bytes[7];
  if (major < 1 || major > 3 || minor != 0) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: .npy version %u.%u, 1.0 to 3.0 are known",
                     name, major, minor);
  }
  *prefix = major == 1 ? V1_PREFIX : V2_PREFIX;
  *length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
  if (major == 1) return DPB_OK;
  if (count < V2_PREFIX) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: ends within its header", name);
  }
  *length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
  return DPB_OK;
}

dpb_status dpb__npy_parse(const char *name, const char *text, size_t length,
                          dpb__npy *npy) {
  *npy = (dpb__npy){.kind = '?'};
  dictionary d = {.has_descr = false};
  cursor c = {.at = text, .end = text + length};
  if (!take_dictionary(&c, &d, npy)) {
    /* what descr of a structured array is: a list, where a string was expected */
    if (d.has_descr && d.descr[0] == '\0' && c.at < c.end && *c.at == '[') {
      return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: structured arrays are not supported",
                       name);
    }
    return dpb__fail(DPB_ERR_FORMAT, "%s: malformed .npy header at character %zu of %zu",
                     name, (size_t)(c.at - text), length);
  }
  dpb_status status = read_descr(name, d.descr, npy);
  return status == DPB_OK ? count_elements(name, npy) : status;
}

void dpb__npy_shape_text(const dpb__npy *npy, char *text, size_t capacity) {
  if (capacity == 0) return;
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i <= npy->rank && used < capacity; i++) {
    int written = i < npy->rank ? snprintf(text + used, capacity - used, "%s%zu",
                                           i ? ", " : "(", npy->dim[i])
                                : snprintf(text + used, capacity - used, "%s",
                                           npy->rank == 0   ? "()"
                                           : npy->rank == 1 ? ",)"
                                                            : ")");
    used += written > 0 ? (size_t)written : 0;
  }
}

dpb_status dpb__npy_shape(const char *name, const dpb__npy *npy, dpb_shape *shape) {
  char text[128];
  dpb__npy_shape_text(npy, text, sizeof text);
  if (npy->rank > DPB_MAX_RANK) {
    return dpb__fail(DPB_ERR_SHAPE,
                     "%s: shape %s has %d dimensions, at most %d are known", name, text,
                     npy->rank, DPB_MAX_RANK);
  }
  *shape = (dpb_shape){.rank = npy->rank};
  for (int i = 0; i < npy->rank; i++) {
    if (npy->dim[i] > INT_MAX) {
      return dpb__fail(DPB_ERR_SIZE, "%s: shape %s is too large", name, text);
    }
    shape->dim[i] = (int)npy->dim[i];
  }
  return DPB_OK;
}
