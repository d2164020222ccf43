/* SPDX-License-Identifier: MIT
 *
 * The version of deepblas. CMakeLists.txt reads the three numbers from here.
 */
#ifndef DEEPBLAS_VERSION_H
#define DEEPBLAS_VERSION_H

#include <deepblas/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DPB_VERSION_MAJOR 0
#define DPB_VERSION_MINOR 1
#define DPB_VERSION_PATCH 0

/* Returns the version of the library that is linked, as "0.1.0". Never NULL; not owned.
 */
DPB_API const char *dpb_version(void);

#ifdef __cplusplus
}
#endif

#endif
