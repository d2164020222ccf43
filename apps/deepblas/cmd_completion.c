/* SPDX-License-Identifier: MIT
 *
 * deepblas completion: a script by which bash or zsh completes the command line, made
 * from the tables that the command line is read with.
 */
#include <stdio.h>
#include <string.h>

#include <deepblas/networks.h>

#include "command.h"
#include "options.h"

static const option_page page = {
    .summary = "Print a script that completes deepblas's command line in a shell.",
    .after = "Called as 'deepblas completion bash' or 'deepblas completion zsh'. An\n"
             "installed deepblas has both where the shells look for them. Without it:\n"
             "\n"
             "  eval \"$(deepblas completion bash)\"      in ~/.bashrc\n"
             "  eval \"$(deepblas completion zsh)\"       in ~/.zshrc, after compinit\n"};

/* What completes an option's value, by what its help calls it. */
typedef enum value_kind { VALUE_NONE, VALUE_FREE, VALUE_WORDS, VALUE_FILE } value_kind;

static value_kind kind_of(const option_spec *option) {
  if (option->type == OPTION_FLAG || option->type == OPTION_SWITCH) return VALUE_NONE;
  if (option->type == OPTION_CHOICE || strcmp(option->name, "net") == 0)
    return VALUE_WORDS;
  const char *argument = option->argument ? option->argument : "";
  const char *const files[] = {"PATH", "FILE", "DIR"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (option->type == OPTION_TEXT && strstr(argument, files[i])) return VALUE_FILE;
  }
  return VALUE_FREE;
}

/* The words that an option takes, or of --net the networks that have a name. */
static void print_words(const option_spec *option) {
  if (option->type != OPTION_CHOICE) {
    for (int i = 0; i < dpb_network_count(); i++) {
      printf("%s%s", i ? " " : "", dpb_network_at(i)->name);
    }
    return;
  }
  for (const char *c = option->choices; *c != '\0'; c++) putchar(*c == '|' ? ' ' : *c);
}

static void for_each_command(options_listener listener) {
  int count = 0;
  const command *all = command_list(&count);
  for (int i = 0; i < count; i++) {
    char name[16];
    char option[] = "--help";
    snprintf(name, sizeof name, "%s", all[i].name);
    options_listen(listener, (void *)(size_t)i);
    (void)all[i].run(2, (char *[]){name, option, NULL});
  }
  options_listen(NULL, NULL);
}

static const command *command_of(const void *user) {
  int count = 0;
  return &command_list(&count)[(size_t)user];
}

/* -- bash */

static void bash_options(const option_spec *options, int count, void *user) {
  printf("    %s) options='", command_of(user)->name);
  for (int i = 0; i < count; i++) {
    if (options[i].type != OPTION_HEADING) printf("--%s ", options[i].name);
  }
  printf("--help --version' ;;\n");
}

static void bash_values(const option_spec *options, int count, void *user) {
  const char *name = command_of(user)->name;
  for (int i = 0; i < count; i++) {
    if (options[i].type == OPTION_HEADING || kind_of(&options[i]) == VALUE_NONE) continue;
    printf("    %s:--%s", name, options[i].name);
    if (options[i].letter) printf(" | %s:-%c", name, options[i].letter);
    printf(") ");
    switch (kind_of(&options[i])) {
    case VALUE_WORDS:
      printf("kind=words words='");
      print_words(&options[i]);
      printf("'");
      break;
    case VALUE_FILE:
      printf("kind=file");
      break;
    default:
      printf("kind=free");
    }
    printf(" ;;\n");
  }
}

static void print_bash(void) {
  int count = 0;
  const command *all = command_list(&count);
  printf("# Completion of deepblas for bash; made by: deepblas completion bash\n"
         "_deepblas() {\n"
         "  local commands='");
  for (int i = 0; i < count; i++) printf("%s ", all[i].name);
  printf("help'\n"
         "  local command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]}\n"
         "  local before=${COMP_WORDS[COMP_CWORD - 1]} options='' kind=file words=''\n"
         "  COMPREPLY=()\n"
         "  # bash takes --net=NAME for three words.\n"
         "  if [[ $word == = ]]; then word=''\n"
         "  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
         "  case $command in\n");
  for_each_command(bash_options);
  printf("  esac\n"
         "  case $command:$before in\n"
         "    help:help) kind=words words=$commands ;;\n"
         "    completion:completion) kind=words words='bash zsh' ;;\n");
  for_each_command(bash_values);
  printf(
      "  esac\n"
      "  if ((COMP_CWORD == 1)); then kind=words words=\"$commands --help --version\"\n"
      "  elif [[ $word == -* ]]; then kind=words words=$options; fi\n"
      "  case $kind in\n"
      "    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
      "    file)\n"
      "      compopt -o filenames 2>/dev/null\n"
      "      mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
      "      ;;\n"
      "  esac\n"
      "}\n"
      "complete -F _deepblas deepblas\n");
}

/* -- zsh */

/* The first line of a help text, with what _arguments gives a meaning made harmless. */
static void zsh_text(const char *text) {
  for (; *text != '\0' && *text != '\n'; text++) {
    if (*text == '\'') {
      printf("'\\''");
      continue;
    }
    if (strchr("[]:\\", *text)) putchar('\\');
    putchar(*text);
  }
}

static void zsh_value(const option_spec *option) {
  if (kind_of(option) == VALUE_NONE) return;
  printf(":");
  zsh_text(option->argument ? option->argument : "");
  printf(":");
  if (kind_of(option) == VALUE_FILE) printf("_files");
  if (kind_of(option) == VALUE_WORDS) {
    printf("(");
    print_words(option);
    printf(")");
  }
}

static void zsh_option(const option_spec *option) {
  const char *sign = kind_of(option) == VALUE_NONE ? "" : "=";
  if (option->letter) {
    const char *plus = kind_of(option) == VALUE_NONE ? "" : "+";
    printf(" \\\n        '(-%c --%s)-%c%s[", option->letter, option->name, option->letter,
           plus);
    zsh_text(option->help);
    printf("]");
    zsh_value(option);
    printf("'");
  }
  printf(" \\\n        '");
  if (option->letter) printf("(-%c --%s)", option->letter, option->name);
  printf("--%s%s[", option->name, sign);
  zsh_text(option->help);
  printf("]");
  zsh_value(option);
  printf("'");
}

static void zsh_options(const option_spec *options, int count, void *user) {
  const char *name = command_of(user)->name;
  printf("    %s)\n      _arguments", name);
  for (int i = 0; i < count; i++) {
    if (options[i].type != OPTION_HEADING) zsh_option(&options[i]);
  }
  printf(" \\\n        '(-h --help)'{-h,--help}'[print the help and exit]' \\\n"
         "        '--version[print the version and exit]' \\\n        '*: :%s'\n"
         "      ;;\n",
         strcmp(name, "completion") == 0 ? "(bash zsh)" : "_files");
}

static void print_zsh(void) {
  int count = 0;
  const command *all = command_list(&count);
  printf("#compdef deepblas\n"
         "# Completion of deepblas for zsh; made by: deepblas completion zsh\n"
         "_deepblas() {\n"
         "  local -a commands\n"
         "  commands=(\n");
  for (int i = 0; i < count; i++) {
    printf("    '%s:", all[i].name);
    zsh_text(all[i].summary);
    printf("'\n");
  }
  printf("    'help:show the commands, or the help of one')\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $words[1] in\n"
         "    help) _describe command commands ;;\n");
  for_each_command(zsh_options);
  printf("  esac\n"
         "}\n"
         "# As a file in $fpath it is the function itself; by eval it is made known.\n"
         "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
         "  _deepblas \"$@\"\n"
         "else\n"
         "  compdef _deepblas deepblas\n"
         "fi\n");
}

int run_completion(int argc, char *argv[]) {
  const char *shell = NULL;
  if (argc > 1 && argv[1][0] != '-') {
    shell = argv[1];
    argv++, argc--;
  }
  const option_spec none[] = {{.type = OPTION_HEADING, .help = "Shells: bash, zsh"}};
  int leave = options_parse(none, OPTION_COUNT(none), &page, argc, argv);
  if (leave != -1) return leave;
  if (shell == NULL) return fail_usage("the shell is missing: 'bash' or 'zsh'");
  if (strcmp(shell, "bash") == 0) {
    print_bash();
  } else if (strcmp(shell, "zsh") == 0) {
    print_zsh();
  } else {
    return fail_usage("no completion for '%s': 'bash' or 'zsh'", shell);
  }
  return EXIT_OK;
}
