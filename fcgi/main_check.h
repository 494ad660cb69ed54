/* SPDX-License-Identifier: Apache-2.0
 * What an administrator wants to know before the service starts. */
#ifndef ZIARA_MAIN_CHECK_H
#define ZIARA_MAIN_CHECK_H

#include "base/conf.h"

enum check_result { CHECK_FINE, CHECK_DOUBTFUL, CHECK_BAD };

/* Whether the option file of the database can be read, and by whom else; a sentence in message[] unless it is fine. */
enum check_result check_option_file(const struct conf *c, char *message, size_t message_size);

/* The configuration on stdout, a file that conf_load takes; what is wrong or doubtful and what the database says on
 * stderr.  True when the service can work with it. */
bool check_run(const struct conf *c);

#endif
