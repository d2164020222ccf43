/* SPDX-License-Identifier: MIT
 *
 * Numbers as text. The C library's own conversions are correctly rounded, so they do the
 * work; they follow the host's locale, so they run inside the C locale of this thread.
 */
#include "base/number.h"

#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/float_mode.h"

/* The longest exact form of a double, -2^-1074 written out, has 1077 characters. */
#define LONGEST_DOUBLE 1100

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void) {
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t dpb__locale_enter(void) {
  int host_errno = errno;
  pthread_once(&locale_once, make_locale);
  /* Without memory for a locale the host's stays: uselocale(0) only asks. */
  locale_t host = uselocale(c_locale);
  errno = host_errno;
  return host;
}

void dpb__locale_leave(locale_t host) {
  uselocale(host);
}

bool dpb__parse_int(const char *text, size_t length, int64_t *value) {
  size_t i = 0;
  bool negative = length > 0 && text[0] == '-';
  if (length > 0 && (text[0] == '-' || text[0] == '+')) i = 1;
  if (i == length) return false;
  /* Counting downwards reaches INT64_MIN, which has no positive twin. */
  int64_t number = 0;
  for (; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    int digit = text[i] - '0';
    if (number < (INT64_MIN + digit) / 10) return false;
    number = number * 10 - digit;
  }
  if (!negative && number == INT64_MIN) return false;
  *value = negative ? number : -number;
  return true;
}

/* What the C library's conversions look at besides their arguments: locale, rounding
 * mode, trapped exceptions, what becomes of subnormal numbers; and errno, which they set.
 */
typedef struct host_state {
  locale_t locale;
  fenv_t floating;
  int error;
} host_state;

static host_state enter(void) {
  host_state host;
  host.error = errno;
  host.locale = dpb__locale_enter();
  feholdexcept(&host.floating);
  fesetround(FE_TONEAREST);
  dpb__float_enter_plain(); /* leave puts back all of it */
  return host;
}

static void leave(const host_state *host) {
  fesetenv(&host->floating);
  dpb__locale_leave(host->locale);
  errno = host->error;
}

/* Only what a decimal number, "inf" and "nan" are made of: keeps strtod from taking
 * leading spaces, hexadecimal and "nan(...)". */
static bool has_only_number_bytes(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] == '\0' || strchr("0123456789+-.eEinftyaINFTYA", text[i]) == NULL)
      return false;
  return true;
}

static bool has_digit(const char *text) {
  return strpbrk(text, "0123456789") != NULL;
}

bool dpb__parse_double(const char *text, size_t length, double *value) {
  char copy[LONGEST_DOUBLE];
  if (length == 0 || length >= sizeof copy) return false;
  if (!has_only_number_bytes(text, length)) return false;
  memcpy(copy, text, length);
  copy[length] = '\0';

  char *end = copy;
  const host_state host = enter();
  double number = strtod(copy, &end);
  leave(&host);

  if (end != copy + length) return false;
  if (isinf(number) && has_digit(copy)) return false;
  *value = number;
  return true;
}

/* "nan", "inf" or "-inf"; 0 for a finite value. The sign of a NaN says nothing. */
static size_t print_special(double value, char text[32]) {
  if (isfinite(value)) return 0;
  strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
  return strlen(text);
}

size_t dpb__print_float(float value, char text[32]) {
  size_t length = print_special((double)value, text);
  if (length > 0) return length;
  const host_state host = enter();
  const volatile float there = value; /* widened in this mode, not before */
  for (int digits = 1; digits <= 9; digits++) {
    length = (size_t)snprintf(text, 32, "%.*g", digits, (double)there);
    if (strtof(text, NULL) == there) break;
  }
  leave(&host);
  return length;
}

size_t dpb__print_double(double value, char text[32]) {
  size_t length = print_special(value, text);
  if (length > 0) return length;
  const host_state host = enter();
  for (int digits = 1; digits <= 17; digits++) {
    length = (size_t)snprintf(text, 32, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  leave(&host);
  return length;
}
