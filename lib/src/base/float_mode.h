/* SPDX-License-Identifier: MIT
 *
 * The floating-point mode that the library computes in, whatever the host's is: round to
 * nearest, exceptions masked, subnormal numbers taken and made as zero.
 *
 * Gradients that are zero for good (a dead ReLU, a pixel that is never lit) let an
 * optimiser's averages decay until they are subnormal, below 1.2e-38, where they mean
 * nothing and cost a CPU up to a hundred cycles each. And a host that has chosen another
 * rounding mode, or traps exceptions, gets the same bits as any other.
 */
#ifndef DPB_BASE_FLOAT_MODE_H
#define DPB_BASE_FLOAT_MODE_H

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* Sets the mode in the calling thread; returns the host's, for dpb__float_leave. On CPUs
 * other than x86 there is nothing to do: they handle subnormal numbers at full speed. */
static inline unsigned dpb__float_enter(void) {
#if defined(__SSE__)
  enum { MASKS = 0x1f80, FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
  const unsigned host = _mm_getcsr();
  _mm_setcsr(MASKS | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
  return host;
#else
  return 0;
#endif
}

/* The same for data and text on their way in and out: subnormal numbers are numbers. */
static inline unsigned dpb__float_enter_plain(void) {
#if defined(__SSE__)
  enum { MASKS = 0x1f80 };
  const unsigned host = _mm_getcsr();
  _mm_setcsr(MASKS);
  return host;
#else
  return 0;
#endif
}

/* Gives the host its mode back, flags raised in between forgotten. */
static inline void dpb__float_leave(unsigned host) {
#if defined(__SSE__)
  _mm_setcsr(host);
#else
  (void)host;
#endif
}

#endif
