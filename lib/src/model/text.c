/* SPDX-License-Identifier: MIT
 *
 * A network as text, "affine 50, sigmoid, affine 10": items between commas, each the name
 * of a layer and its words. What the words mean, each layer's own file knows.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "layer/words.h"
#include "model/add.h"
#include "model/head.h"

/* Longest piece of a user's text that a message repeats. */
#define SHOWN 40

static dpb_status unknown_item(const struct dpb__words *words) {
  char names[256];
  size_t length = 0;
  for (int i = 0; dpb__layer_at(i) && length < sizeof names; i++)
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                               i ? ", " : "", dpb__layer_at(i)->name);
  const int shown = words->length < SHOWN ? (int)words->length : SHOWN;
  return dpb__fail(DPB_ERR_SPEC, "there is no layer '%.*s' (there are: %s, softmax, mse)",
                   shown, words->word, names);
}

static dpb_status add_head(dpb_model *model, const dpb__head_ops *head,
                           struct dpb__words *words) {
  dpb__head_config config = {0};
  dpb_status status = head->parse ? head->parse(words, &config) : DPB_OK;
  if (status == DPB_OK && dpb__words_next(words))
    status = dpb__words_unknown(words, head->name);
  if (status == DPB_OK) status = dpb__add_head(model, head, &config);
  dpb__release(config.weights);
  return status;
}

static dpb_status add_item(dpb_model *model, struct dpb__words *words) {
  if (!dpb__words_next(words)) return dpb__fail(DPB_ERR_SPEC, "the item is empty");
  const dpb__layer_ops *ops = dpb__layer_find(words->word, words->length);
  const dpb__head_ops *head = dpb__head_find(words->word, words->length);
  if (!ops && !head) return unknown_item(words);
  if (head) return add_head(model, head, words);

  dpb__layer_config config;
  memset(&config, 0, sizeof config);
  if (ops->parse) {
    dpb_status status = ops->parse(words, &config);
    if (status != DPB_OK) return status;
  }
  if (dpb__words_next(words)) return dpb__words_unknown(words, ops->name);
  return dpb__add_layer(model, ops, &config);
}

static dpb_status add_items(dpb_model *model, const char *text) {
  dpb_status status;
  int item = 1;
  for (const char *from = text;; item++) {
    const size_t length = strcspn(from, ",");
    struct dpb__words words = dpb__words_of(from, length);
    status = add_item(model, &words);
    if (status == DPB_ERR_SPEC)
      return dpb__add_failed(model,
                             dpb__fail_in(status, "network text, item %d: ", item));
    if (status != DPB_OK) return dpb__add_failed(model, status);
    if (from[length] == '\0') return DPB_OK;
    from += length + 1;
  }
}

dpb_status dpb_add_text(dpb_model *model, const char *text) {
  dpb_status status = dpb__add_open(model, "dpb_add_text");
  if (status != DPB_OK) return status;
  if (!text)
    return dpb__add_failed(model, dpb__fail(DPB_ERR_ARG, "dpb_add_text: text is NULL"));
  const unsigned host_mode = dpb__float_enter(); /* numbers become the nearest floats */
  status = add_items(model, text);
  dpb__float_leave(host_mode);
  return status;
}

/* Adds word to text as far as it fits, and its whole length to *length. */
static void put(char *text, size_t capacity, size_t *length, const char *word) {
  if (*length < capacity) snprintf(text + *length, capacity - *length, "%s", word);
  *length += strlen(word);
}

/* Plain softmax goes without saying. */
static void put_head(const dpb_model *model, char *text, size_t capacity,
                     size_t *length) {
  const dpb__head_ops *head = model->head;
  if (!head) return;
  const dpb__head_config *config = &model->head_config;
  const size_t words = head->format ? head->format(config, NULL, 0) : 0;
  if (words == 0 && strcmp(head->name, "softmax") == 0) return;
  put(text, capacity, length, ", ");
  put(text, capacity, length, head->name);
  if (words > 0 && *length < capacity)
    head->format(config, text + *length, capacity - *length);
  *length += words;
}

dpb_status dpb_model_text(const dpb_model *model, char *text, size_t capacity,
                          size_t *length) {
  if (!model || (!text && capacity > 0))
    return dpb__fail(DPB_ERR_ARG, "dpb_model_text: %s is NULL", model ? "text" : "model");
  size_t total = 0;
  if (capacity > 0) text[0] = '\0';
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__layer *layer = &model->layers[i];
    char words[96] = "";
    if (layer->ops->format) layer->ops->format(&layer->config, words, sizeof words);
    if (i > 0) put(text, capacity, &total, ", ");
    put(text, capacity, &total, layer->ops->name);
    put(text, capacity, &total, words);
  }
  put_head(model, text, capacity, &total);
  if (length) *length = total;
  return DPB_OK;
}
