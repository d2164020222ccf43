/* SPDX-License-Identifier: MIT
 *
 * Numbers as files have them.
 */
#ifndef TEST_BYTE_ORDER_H
#define TEST_BYTE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Numbers of item bytes each, from this CPU's order of bytes to little-endian, or back.
 */
static inline void little_endian(void *numbers, size_t item, size_t bytes) {
  const uint16_t one = 1;
  uint8_t first, *at = numbers;
  memcpy(&first, &one, 1);
  if (first == 1) return;
  for (; bytes >= item; bytes -= item, at += item)
    for (size_t i = 0; i < item / 2; i++) {
      const uint8_t kept = at[i];
      at[i] = at[item - 1 - i];
      at[item - 1 - i] = kept;
    }
}

#endif
