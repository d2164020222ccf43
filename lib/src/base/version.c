/* SPDX-License-Identifier: MIT
 *
 * The version of the library as text, from the numbers in the public header.
 */
#include <deepblas/version.h>

#define TEXT_OF(x) #x
#define AS_TEXT(x) TEXT_OF(x)
#define VERSION_TEXT                                                                     \
  AS_TEXT(DPB_VERSION_MAJOR)                                                             \
  "." AS_TEXT(DPB_VERSION_MINOR) "." AS_TEXT(DPB_VERSION_PATCH)

const char *dpb_version(void) {
  return VERSION_TEXT;
}
