/* SPDX-License-Identifier: MIT
 *
 * Zeroed small objects: calloc with a message.
 */
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/size.h"

dpb_status dpb__allocate(size_t count, size_t size, const char *what, void **out) {
  *out = NULL;
  size_t bytes = 0;
  if (!dpb__size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX)
    return dpb__fail(DPB_ERR_SIZE,
                     "%s: %zu times %zu bytes are more than memory can hold", what, count,
                     size);
  int host_errno = errno;
  /* calloc(0) may return NULL, which would look like a failure. */
  *out = calloc(1, bytes == 0 ? 1 : bytes);
  errno = host_errno;
  if (*out == NULL)
    return dpb__fail(DPB_ERR_MEMORY, "%s: no memory for %zu bytes", what, bytes);
  return DPB_OK;
}

void dpb__release(void *memory) {
  int host_errno = errno;
  free(memory);
  errno = host_errno;
}
