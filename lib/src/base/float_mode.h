/* SPDX-License-Identifier: MIT
 *
 * The floating-point mode that the library computes in, whatever the host's is: round to
 * nearest, exceptions masked, and on x86 subnormal numbers taken and made as zero.
 *
 * Gradients that are zero for good (a dead ReLU, a pixel that is never lit) let an
 * optimiser's averages decay until they are subnormal, below 1.2e-38, where they mean
 * nothing and cost an x86 up to a hundred cycles each; others have them at full speed.
 * And a host that has chosen another rounding mode, or traps exceptions, gets the same
 * bits as any other.
 */
#ifndef DPB_BASE_FLOAT_MODE_H
#define DPB_BASE_FLOAT_MODE_H

#include <stdbool.h>

/* A mode, with the flags that were raised: what the register of the CPU holds, in which
 * compute is the mode for arithmetic, plain that for data and text, where subnormal
 * numbers are numbers. */
#if defined(__SSE__)

#include <xmmintrin.h>

#define DPB__FLOAT_COMPUTE 0x9fc0u
#define DPB__FLOAT_PLAIN   0x1f80u
#define DPB__FLOAT_FLAGS   0x3fu

static inline unsigned dpb__float_get(void) {
  return _mm_getcsr();
}

static inline void dpb__float_set(unsigned mode) {
  _mm_setcsr(mode);
}

#elif defined(__aarch64__)

#include <stdint.h>

/* Two registers in one word: FPCR leaves the upper five bits free for the flags. */
#define DPB__FLOAT_COMPUTE 0u
#define DPB__FLOAT_PLAIN   0u
#define DPB__FLOAT_FLAGS   0xf8000000u

static inline unsigned dpb__float_get(void) {
  uint64_t control, flags;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  __asm__ volatile("mrs %0, fpsr" : "=r"(flags));
  return (unsigned)(control & ~DPB__FLOAT_FLAGS) | (unsigned)flags << 27;
}

static inline void dpb__float_set(unsigned mode) {
  uint64_t flags;
  __asm__ volatile("mrs %0, fpsr" : "=r"(flags));
  flags = (flags & ~(uint64_t)0x1f) | mode >> 27;
  __asm__ volatile("msr fpsr, %0" : : "r"(flags));
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)(mode & ~DPB__FLOAT_FLAGS)));
}

#elif defined(__s390x__)

#define DPB__FLOAT_COMPUTE 0u
#define DPB__FLOAT_PLAIN   0u
#define DPB__FLOAT_FLAGS   0x00ffff00u /* and the reason of the last trap */

static inline unsigned dpb__float_get(void) {
  unsigned mode;
  __asm__ volatile("efpc %0" : "=d"(mode));
  return mode;
}

static inline void dpb__float_set(unsigned mode) {
  __asm__ volatile("sfpc %0" : : "d"(mode));
}

#else

/* Rounding alone: traps and flags stay as the host has them. */
#include <fenv.h>

#define DPB__FLOAT_COMPUTE ((unsigned)FE_TONEAREST)
#define DPB__FLOAT_PLAIN   ((unsigned)FE_TONEAREST)
#define DPB__FLOAT_FLAGS   0u

static inline unsigned dpb__float_get(void) {
  return (unsigned)fegetround();
}

static inline void dpb__float_set(unsigned mode) {
  fesetround((int)mode);
}

#endif

/* Sets the mode in the calling thread; returns the host's, for dpb__float_leave. */
static inline unsigned dpb__float_enter(void) {
  const unsigned host = dpb__float_get();
  dpb__float_set(DPB__FLOAT_COMPUTE);
  return host;
}

/* Whether the calling thread is in the mode already: setting it waits for all arithmetic
 * that is under way, which a step of many parts would feel. Never where a host has this
 * mode by itself, for then its flags are still to be kept. */
static inline bool dpb__float_entered(void) {
  return DPB__FLOAT_COMPUTE != DPB__FLOAT_PLAIN &&
         (dpb__float_get() & ~DPB__FLOAT_FLAGS) == DPB__FLOAT_COMPUTE;
}

/* The same for data and text on their way in and out. */
static inline unsigned dpb__float_enter_plain(void) {
  const unsigned host = dpb__float_get();
  dpb__float_set(DPB__FLOAT_PLAIN);
  return host;
}

/* Gives the host its mode back, flags raised in between forgotten. */
static inline void dpb__float_leave(unsigned host) {
  dpb__float_set(host);
}

#endif
