/* SPDX-License-Identifier: MIT
 *
 * Names and texts of the status values, and the calling thread's message.
 */
#include <deepblas/status.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

#define MESSAGE_SIZE 512

static _Thread_local char message[MESSAGE_SIZE];

const char *dpb_status_name(dpb_status status) {
  switch (status) {
#define STATUS_NAME(name, value, text)                                                   \
  case DPB_##name:                                                                       \
    return "DPB_" #name;
    DPB_STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
  }
  return "DPB_UNKNOWN";
}

const char *dpb_status_text(dpb_status status) {
  switch (status) {
#define STATUS_TEXT(name, value, text)                                                   \
  case DPB_##name:                                                                       \
    return text;
    DPB_STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
  }
  return "unknown status";
}

const char *dpb_error_message(void) {
  return message;
}

/* A message is one line, whatever a file name or a damaged file put into it. */
static void flatten_line(char *text) {
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x20 || byte == 0x7f) *text = '?';
  }
}

/* Takes off the UTF-8 character that the end of the buffer cut in two, if it did. */
static void trim_cut_character(char *text, size_t length) {
  size_t start = length;
  while (start > 0 && length - start < 4) {
    unsigned char byte = (unsigned char)text[--start];
    if (byte < 0x80) return;
    if (byte < 0xc0) continue;
    size_t bytes = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length - start < bytes) text[start] = '\0';
    return;
  }
}

/* Formats into text (of size bytes) and returns the length that it has now. */
static size_t format_text(char *text, size_t size, const char *format, va_list args)
    DPB__PRINTF(3, 0);

static size_t format_text(char *text, size_t size, const char *format, va_list args) {
  locale_t host = dpb__locale_enter();
  int length = vsnprintf(text, size, format, args);
  dpb__locale_leave(host);
  if (length < 0) length = snprintf(text, size, "(message could not be formatted)");
  return (size_t)length < size ? (size_t)length : size - 1;
}

/* Makes line the message. line may hold text of the old message, never share its bytes.
 */
static void set_message(char *line, size_t length) {
  if (length == MESSAGE_SIZE - 1) trim_cut_character(line, length);
  flatten_line(line);
  memcpy(message, line, MESSAGE_SIZE);
}

void dpb__message_set(const char *format, ...) {
  int host_errno = errno;
  char line[MESSAGE_SIZE] = "";
  va_list args;
  va_start(args, format);
  size_t length = format_text(line, sizeof line, format, args);
  va_end(args);
  set_message(line, length);
  errno = host_errno;
}

void dpb__message_put_in(const char *format, ...) {
  int host_errno = errno;
  char line[MESSAGE_SIZE] = "";
  va_list args;
  va_start(args, format);
  size_t length = format_text(line, sizeof line, format, args);
  va_end(args);
  size_t room = sizeof line - 1 - length;
  size_t rest = strlen(message);
  if (rest > room) rest = room;
  memcpy(line + length, message, rest);
  set_message(line, length + rest);
  errno = host_errno;
}
