/* SPDX-License-Identifier: MIT
 *
 * Statistics of layers as a table, as JSON and as a file of histograms.
 */
#include "stats_report.h"

#include <stdio.h>

#include "histogram.h"
#include "json.h"
#include "report.h"
#include "table.h"

/* Both are there for every layer of the model. */
static dpb_layer_statistics look_at(const dpb_model *model,
                                    const dpb_statistics *statistics, int i,
                                    dpb_layer_info *layer) {
  dpb_layer_statistics s = {0};
  *layer = (dpb_layer_info){.name = ""};
  dpb_statistics_layer(statistics, i, &s);
  dpb_model_layer(model, i, 1, layer);
  return s;
}

int stats_judge(const dpb_model *model, const dpb_statistics *statistics) {
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    const dpb_layer_statistics s = look_at(model, statistics, i, &layer);
    if (s.not_finite > 0)
      return fail(EXIT_CHECK, "%zu of %zu outputs of layer %d %s are not finite",
                  s.not_finite, s.count, i + 1, layer.name);
  }
  return EXIT_OK;
}

static void share_cell(table *t, int meant, double share) {
  if (meant) {
    table_cell(t, "%.1f %%", 100 * share);
  } else {
    table_cell(t, "-");
  }
}

static void print_row(table *t, int number, const char *text,
                      const dpb_layer_statistics *s) {
  table_cell(t, "%d", number);
  table_cell(t, "%s", text);
  table_cell(t, "%.4g", s->mean);
  table_cell(t, "%.4g", s->std);
  table_cell(t, "%.4g", (double)s->min);
  table_cell(t, "%.4g", (double)s->max);
  share_cell(t, s->zeros > 0, s->zeros);
  share_cell(t, s->zeros > 0, s->dead);
  share_cell(t, s->bounded, s->saturated);
}

static void json_layer(json *j, const char *text, const dpb_layer_statistics *s) {
  json_object(j, NULL);
  json_text(j, "text", text);
  json_count(j, "count", s->count);
  json_count(j, "not_finite", s->not_finite);
  json_number(j, "mean", s->mean);
  json_number(j, "std", s->std);
  json_float(j, "min", s->min);
  json_float(j, "max", s->max);
  json_number(j, "zeros", s->zeros);
  json_number(j, "dead", s->dead);
  if (s->bounded) {
    json_number(j, "saturated", s->saturated);
  } else {
    json_text(j, "saturated", NULL);
  }
  json_float(j, "low", s->low);
  json_float(j, "high", s->high);
  json_array(j, "histogram");
  for (int i = 0; i < s->bins; i++) json_count(j, NULL, s->histogram[i]);
  json_end_array(j);
  json_end_object(j);
}

void stats_print(const dpb_model *model, const dpb_statistics *statistics) {
  table t = {.align = "rlrrrrrrr"};
  table_head(&t, "|layer|mean|std|min|max|zero|dead|saturated");
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    const dpb_layer_statistics s = look_at(model, statistics, i, &layer);
    print_row(&t, i + 1, layer.text, &s);
  }
  table_print(&t, stdout);
}

void stats_print_json(const dpb_model *model, const dpb_statistics *statistics,
                      int samples) {
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_count(&j, "samples", (uint64_t)samples);
  json_array(&j, "layers");
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    const dpb_layer_statistics s = look_at(model, statistics, i, &layer);
    json_layer(&j, layer.text, &s);
  }
  json_end_array(&j);
  json_end_object(&j);
}

int stats_write(const dpb_model *model, const dpb_statistics *statistics,
                const char *folder) {
  csv_file csv;
  int code = csv_open(&csv, folder, "activations.csv", "layer,name,low,high,count");
  if (code != EXIT_OK) return code;
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    const dpb_layer_statistics s = look_at(model, statistics, i, &layer);
    char key[64];
    snprintf(key, sizeof key, "%d,%s", i + 1, layer.name);
    histogram_write(&csv, key, &s);
  }
  return csv_close(&csv, EXIT_OK);
}
