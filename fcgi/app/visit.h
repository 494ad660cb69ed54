/* SPDX-License-Identifier: Apache-2.0
 * What a visit knows beyond its rows. */
#ifndef ZIARA_APP_VISIT_H
#define ZIARA_APP_VISIT_H

void visit_register_hooks(void);

#endif
