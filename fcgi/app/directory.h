/* SPDX-License-Identifier: Apache-2.0
 * What organisations and people know beyond their rows. */
#ifndef ZIARA_APP_DIRECTORY_H
#define ZIARA_APP_DIRECTORY_H

void directory_register_hooks(void);

#endif
