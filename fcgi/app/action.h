/* SPDX-License-Identifier: Apache-2.0
 * What an action knows beyond its rows. */
#ifndef ZIARA_APP_ACTION_H
#define ZIARA_APP_ACTION_H

void action_register_hooks(void);

#endif
