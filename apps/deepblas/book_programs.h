/* SPDX-License-Identifier: MIT
 *
 * The programs of the book, and what belongs to each.
 */
#ifndef APP_BOOK_PROGRAMS_H
#define APP_BOOK_PROGRAMS_H

typedef struct book_program {
  const char *name;    /* "ch04_gradient_field" */
  const char *section; /* "4.4" */
  const char *figure;  /* "4-9"; "" where the book has none */
  const char *what;    /* is seen */
  int full;            /* --full does what the book does on all of MNIST */
} book_program;

extern const book_program book_programs[];
extern const int book_program_count;

#endif
