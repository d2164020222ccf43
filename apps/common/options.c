/* SPDX-License-Identifier: MIT
 *
 * getopt_long around a table of options. Abbreviated names work as in any GNU program;
 * what getopt would print itself is said in this program's own one line.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <deepblas/version.h>

#include "option_value.h"
#include "report.h"
#include "suggest.h"

enum { MAX_OPTIONS = 64, FIRST_CODE = 256, HELP_COLUMN = 28 };

static const option_spec help_option = {.type = OPTION_FLAG,
                                        .name = "help",
                                        .letter = 'h',
                                        .help = "print this help and exit"};
static const option_spec version_option = {
    .type = OPTION_FLAG, .name = "version", .help = "print the version and exit"};

static options_listener listening;
static void *listening_user;

void options_listen(options_listener listener, void *user) {
  listening = listener;
  listening_user = user;
}

static const option_spec *option_at(const option_spec *options, int count, int index) {
  if (index < count) return &options[index];
  return index == count ? &help_option : &version_option;
}

static void print_option(const option_spec *option) {
  if (option->type == OPTION_HEADING) {
    printf("\n%s\n", option->help);
    return;
  }
  char left[80];
  char letter[8] = "    ";
  if (option->letter) snprintf(letter, sizeof letter, "-%c, ", option->letter);
  int maybe = option->type == OPTION_SWITCH;
  int width = snprintf(left, sizeof left, "  %s--%s%s%s%s%s", letter, option->name,
                       maybe ? "[" : "", option->argument ? "=" : "",
                       option->argument ? option->argument : "", maybe ? "]" : "");
  /* Two blanks at least stand between an option and its help; help2man needs them. */
  if (width + 2 > HELP_COLUMN) {
    printf("%s\n%*s", left, HELP_COLUMN, "");
  } else {
    printf("%-*s", HELP_COLUMN, left);
  }
  for (const char *c = option->help; *c != '\0'; c++) {
    putchar(*c);
    if (*c == '\n') printf("%*s", HELP_COLUMN, "");
  }
  putchar('\n');
}

static void print_help(const option_spec *options, int count, const option_page *page) {
  char name[80];
  printf("Usage: %s [OPTION]...%s%s\n%s\n", report_name(name), page->operands ? " " : "",
         page->operands ? page->operands : "", page->summary);
  if (options[0].type != OPTION_HEADING) printf("\nOptions:\n");
  for (int i = 0; i < count; i++) print_option(&options[i]);
  printf("\nGeneral:\n");
  print_option(&help_option);
  print_option(&version_option);
  if (page->after) printf("\n%s", page->after);
}

/* Fills getopt's two descriptions of the table. Codes of long options are indices. */
static void describe(const option_spec *options, int count, struct option *longs,
                     char *shorts) {
  int n = 0;
  *shorts++ = ':';
  for (int i = 0; i < count + 2; i++) {
    const option_spec *option = option_at(options, count, i);
    if (option->type == OPTION_HEADING) continue;
    int has_argument = option->type == OPTION_FLAG     ? no_argument
                       : option->type == OPTION_SWITCH ? optional_argument
                                                       : required_argument;
    longs[n++] = (struct option){option->name, has_argument, NULL, FIRST_CODE + i};
    if (!option->letter) continue;
    *shorts++ = option->letter;
    if (has_argument == required_argument) *shorts++ = ':';
  }
  longs[n] = (struct option){0};
  *shorts = '\0';
}

static int index_of(const option_spec *options, int count, int code) {
  if (code >= FIRST_CODE) return code - FIRST_CODE;
  for (int i = 0; i < count + 2; i++) {
    const option_spec *option = option_at(options, count, i);
    if (option->letter && option->letter == code) return i;
  }
  return -1;
}

/* How many long names begin with what was typed. */
static int count_matches(const struct option *longs, const char *name, size_t length) {
  int matches = 0;
  for (int i = 0; longs[i].name != NULL; i++) {
    if (strncmp(longs[i].name, name, length) == 0) matches++;
  }
  return matches;
}

static int fail_unknown(const struct option *longs, const char *word) {
  if (optopt >= FIRST_CODE) {
    const char *name = "";
    for (int i = 0; longs[i].name != NULL; i++) {
      if (longs[i].val == optopt) name = longs[i].name;
    }
    return fail_usage("--%s takes no value", name);
  }
  if (optopt != 0) return fail_usage("unknown option '-%c'", optopt);
  size_t length = strcspn(word, "=");
  if (count_matches(longs, word + 2, length - 2) > 1) {
    return fail_usage("option '%.*s' is ambiguous", (int)length, word);
  }
  suggestion near = suggest_for(word + 2, length - 2);
  for (int i = 0; longs[i].name != NULL; i++) suggest_offer(&near, longs[i].name);
  if (near.name == NULL) return fail_usage("unknown option '%.*s'", (int)length, word);
  return fail_usage("unknown option '%.*s': is it '--%s'?", (int)length, word, near.name);
}

/* Takes one option. Returns -1 to go on, else the exit code. */
static int take(const option_spec *options, int count, const option_page *page,
                int index) {
  const option_spec *option = option_at(options, count, index);
  if (option == &help_option) {
    print_help(options, count, page);
    return EXIT_OK;
  }
  if (option == &version_option) {
    printf("deepblas %s\n", dpb_version());
    return EXIT_OK;
  }
  return option_value(option, optarg);
}

int options_parse(const option_spec *options, int count, const option_page *page,
                  int argc, char *argv[]) {
  struct option longs[MAX_OPTIONS + 3];
  char shorts[2 * MAX_OPTIONS + 6];
  char seen[MAX_OPTIONS + 2] = {0};
  if (count > MAX_OPTIONS) return fail(EXIT_USAGE, "too many options in a table");
  if (listening) {
    listening(options, count, listening_user);
    return EXIT_OK;
  }
  describe(options, count, longs, shorts);
  opterr = 0;
  optind = 1;
  for (;;) {
    optopt = 0;
    int code = getopt_long(argc, argv, shorts, longs, NULL);
    if (code == -1) break;
    if (code == '?') return fail_unknown(longs, argv[optind - 1]);
    int index = index_of(options, count, code == ':' ? optopt : code);
    if (index < 0) return fail_usage("unknown option '%s'", argv[optind - 1]);
    if (code == ':') {
      return fail_usage("--%s needs a value", option_at(options, count, index)->name);
    }
    if (seen[index]++) {
      return fail_usage("--%s is given twice", option_at(options, count, index)->name);
    }
    int leave = take(options, count, page, index);
    if (leave != -1) return leave;
  }
  if (optind < argc && page->operands == NULL) {
    return fail_usage("unexpected argument '%s'", argv[optind]);
  }
  return -1;
}

int options_operand(void) {
  return optind;
}
