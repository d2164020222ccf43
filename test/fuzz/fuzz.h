/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput, which reads one input
 * as the library would read a file, between fuzz_begin and fuzz_end. It runs under
 * libFuzzer (DEEPBLAS_FUZZ), or under replay_main.c, which gives it the files of its
 * corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What libFuzzer, or replay_main.c, has for mutators; and the mutators that some targets
 * have: they change what is inside of a compressed or checksummed file. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

/* No input may take more memory at a time than this and its own size. */
#define FUZZ_MEMORY ((size_t)64 << 20)

/* Around an input: one that takes over a second of the processor ends the program; where
 * memory is watched (AddressSanitizer), so does one that takes too much, at the place
 * where it does. */
void fuzz_begin(size_t size);
void fuzz_end(void);

/* The most memory that any input has taken so far; 0 where it is not watched. */
size_t fuzz_most_memory(void);

/* Seconds that the slowest input has taken so far. */
double fuzz_slowest(void);

/* The path of a file with that content, one for each slot of 0..3: in memory, without a
 * name, and overwritten by the next call. */
const char *fuzz_file(int slot, const uint8_t *bytes, size_t size);

/* The same bytes with a 0 behind them, for free(). */
char *fuzz_text(const uint8_t *data, size_t size);

/* Ends the program with a message, where a promise of the library is broken. */
#define FUZZ_EXPECT(condition)                                                           \
  ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
void fuzz_broken(const char *what, const char *file, int line);

#endif
