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

#include <stdbool.h>

#if defined(__SSE__)
#include <xmmintrin.h>

/* Exceptions masked, flush to zero, denormals are zero. */
#define DPB__FLOAT_MODE 0x9fc0u
#endif

/* Sets the mode in the calling thread; returns the host's, for dpb__float_leave. On CPUs
 * other than x86 there is nothing to do: they handle subnormal numbers at full speed. */
static inline unsigned dpb__float_enter(void) {
#if defined(__SSE__)
  const unsigned host = _mm_getcsr();
  _mm_setcsr(DPB__FLOAT_MODE);
  return host;
#else
  return 0;
#endif
}

/* Whether the calling thread is in the mode already: setting it waits for all arithmetic
 * that is under way, which a step of many parts would feel. */
static inline bool dpb__float_entered(void) {
#if defined(__SSE__)
  enum { FLAGS = 0x3f };
  return (_mm_getcsr() & ~(unsigned)FLAGS) == DPB__FLOAT_MODE;
#else
  return true;
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
