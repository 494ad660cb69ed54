/* SPDX-License-Identifier: Apache-2.0
 * Lines for the operator on stderr: "2018-07-28T09:30:00.000Z level message".
 * Never personal data, never secrets, never bound values. */
#ifndef ZIARA_BASE_LOG_H
#define ZIARA_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level max);
/* One write(2) a line; control characters in the message are replaced by '?'. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)

#endif
