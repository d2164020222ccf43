/* SPDX-License-Identifier: MIT
 *
 * Has OpenBLAS use the best kernels of this CPU, and remembers what it had chosen itself.
 */
#ifndef APP_KERNELS_H
#define APP_KERNELS_H

/* First thing in main; may execute the program again, with argv. */
void kernels_choose(char *argv[]);

/* The kernels OpenBLAS had chosen, where we changed them; else NULL. */
const char *kernels_before(void);

#endif
