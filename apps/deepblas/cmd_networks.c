/* SPDX-License-Identifier: MIT
 *
 * deepblas networks: the networks of the book that --net knows by name.
 */
#include <stdio.h>
#include <string.h>

#include <deepblas/networks.h>

#include "command.h"
#include "json.h"
#include "options.h"
#include "table.h"

static const option_page page = {.summary = "List the networks that --net knows by name.",
                                 .after = "Example:\n"
                                          "  deepblas summary --net two_layer\n"};

enum { LAYERS_WIDTH = 64 };

/* The layers of one network, broken behind a comma, in as many rows as they need. */
static void layer_cells(table *t, const char *layers) {
  while (strlen(layers) > LAYERS_WIDTH) {
    size_t length = LAYERS_WIDTH;
    while (length > 0 && layers[length - 1] != ',') length--;
    if (length == 0) break;
    table_cell(t, "%.*s", (int)length, layers);
    layers += length + strspn(layers + length, " ");
    table_head(t, "||");
  }
  table_cell(t, "%s", layers);
}

static void print_text(void) {
  table t = {.align = "llll"};
  table_head(&t, "name|book section|input|layers");
  for (int i = 0; i < dpb_network_count(); i++) {
    const dpb_network *n = dpb_network_at(i);
    table_cell(&t, "%s", n->name);
    table_cell(&t, "%s", n->section);
    table_cell(&t, "%dx%dx%d", n->input.h, n->input.w, n->input.c);
    layer_cells(&t, n->text);
  }
  table_print(&t, stdout);
}

static void print_json(void) {
  json j = json_to(stdout);
  json_array(&j, NULL);
  for (int i = 0; i < dpb_network_count(); i++) {
    const dpb_network *n = dpb_network_at(i);
    json_object(&j, NULL);
    json_text(&j, "name", n->name);
    json_text(&j, "section", n->section);
    json_hwc(&j, "input", n->input);
    json_text(&j, "layers", n->text);
    json_end_object(&j);
  }
  json_end_array(&j);
}

int run_networks(int argc, char *argv[]) {
  int as_json = 0;
  const option_spec list[] = {{OPTION_FLAG, "json", 'j', NULL,
                               "one JSON array, and no other text", &as_json, NULL, 0,
                               0}};
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  (as_json ? print_json : print_text)();
  return EXIT_OK;
}
