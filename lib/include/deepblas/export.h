/* SPDX-License-Identifier: MIT
 *
 * DPB_API marks what a shared deepblas exports; everything else stays hidden.
 */
#ifndef DEEPBLAS_EXPORT_H
#define DEEPBLAS_EXPORT_H

#if defined(__GNUC__) && defined(DEEPBLAS_BUILDING)
#define DPB_API __attribute__((visibility("default")))
#else
#define DPB_API
#endif

#endif
