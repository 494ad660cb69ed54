/* SPDX-License-Identifier: Apache-2.0
 * Code lists that come with the program: added where the table lacks them. */
#ifndef ZIARA_REGISTER_INSTALL_H
#define ZIARA_REGISTER_INSTALL_H

#include "db/db.h"

/* Inserts the embedded rows that the table `code` lacks, never changing what is there (a site
 * may have edited its labels), and raises the label epoch when it did.  Needs the migrating
 * account. */
MUST_USE enum err install_codelists(struct db *d, struct arena *a, size_t *added);
/* The same as SQL for an administrator, on stdout. */
void install_print_sql(void);

#endif
