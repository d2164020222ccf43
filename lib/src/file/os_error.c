/* SPDX-License-Identifier: MIT
 *
 * What the operating system said, as a status and a message.
 */
#include "file/os_error.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "base/error.h"

static dpb_status status_of(int error) {
  switch (error) {
  case ENOENT:
  case ENOTDIR:
    return DPB_ERR_NOT_FOUND;
  case ENOMEM:
    return DPB_ERR_MEMORY;
  default:
    return DPB_ERR_IO;
  }
}

dpb_status dpb__fail_os(int error, const char *path, const char *doing) {
  /* English whatever the host's locale is, like all other messages; strerror itself may
   * share its buffer between threads. */
  locale_t english = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (english == (locale_t)0) {
    return dpb__fail(status_of(error), "%s: cannot %s: error %d", path, doing, error);
  }
  dpb_status status = dpb__fail(status_of(error), "%s: cannot %s: %s", path, doing,
                                strerror_l(error, english));
  freelocale(english);
  return status;
}
