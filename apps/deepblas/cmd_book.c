/* SPDX-License-Identifier: MIT
 *
 * deepblas book: the experiments of the book, and the program for each.
 */
#include <stdio.h>
#include <string.h>

#include "book_programs.h"
#include "command.h"
#include "json.h"
#include "options.h"
#include "table.h"

static const option_page page = {
    .summary = "List the experiments of the book, and the program for each.",
    .operands = "[WORD]",
    .after =
        "WORD narrows the list: a chapter, as 4 or ch04, or a part of a name. Every\n"
        "program takes --out DIR for its picture and its numbers, and --help. Without\n"
        "--full it takes less than a minute, on the sample of MNIST; with --full --data\n"
        "DIR it does what the book does on all of it.\n"
        "\n"
        "Examples:\n"
        "  deepblas book\n"
        "  deepblas book 7\n"
        "  deepblas book --json\n"};

/* "4" and "ch4" are chapter 4, whose programs begin with "ch04". */
static int is_wanted(const book_program *p, const char *word) {
  int chapter = 0, length = 0;
  if (!word) return 1;
  const char *digits = strncmp(word, "ch", 2) == 0 ? word + 2 : word;
  if (sscanf(digits, "%2d%n", &chapter, &length) == 1 && digits[length] == '\0')
    return (p->name[2] - '0') * 10 + p->name[3] - '0' == chapter;
  return strstr(p->name, word) != NULL;
}

static void print_json(const book_program *p, json *j) {
  json_object(j, NULL);
  json_text(j, "program", p->name);
  json_count(j, "chapter", (uint64_t)(p->name[3] - '0'));
  json_text(j, "section", p->section);
  json_text(j, "figure", *p->figure ? p->figure : NULL);
  json_text(j, "what", p->what);
  json_bool(j, "full", p->full);
  json_end_object(j);
}

static void print_row(const book_program *p, table *t) {
  table_cell(t, "%s", p->section);
  table_cell(t, "%s", p->figure);
  table_cell(t, "%s --out figures", p->name);
  table_cell(t, "%s", p->what);
}

int run_book(int argc, char *argv[]) {
  int as_json = 0, found = 0;
  const option_spec list[] = {{OPTION_FLAG, "json", 'j', NULL,
                               "one JSON array, and no other text", &as_json, NULL, 0,
                               0}};
  const int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  const int first = options_operand();
  if (argc - first > 1) return fail_usage("unexpected argument '%s'", argv[first + 1]);
  const char *word = first < argc ? argv[first] : NULL;
  json j = json_to(stdout);
  table t = {.align = "llll"};
  if (as_json) json_array(&j, NULL);
  table_head(&t, "section|figure|command|what is seen");
  for (int i = 0; i < book_program_count; i++) {
    if (!is_wanted(&book_programs[i], word)) continue;
    found++;
    if (as_json)
      print_json(&book_programs[i], &j);
    else
      print_row(&book_programs[i], &t);
  }
  if (as_json) json_end_array(&j);
  if (found && !as_json)
    table_print(&t, stdout);
  else
    table_drop(&t);
  return found || as_json ? EXIT_OK : fail(EXIT_USAGE, "no program for '%s'", word);
}
