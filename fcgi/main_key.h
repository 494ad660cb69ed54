/* SPDX-License-Identifier: Apache-2.0
 * The command `ziara key`. */
#ifndef ZIARA_MAIN_KEY_H
#define ZIARA_MAIN_KEY_H

/* argv[0] is "key".  Returns the exit status: 0 done, 1 failed, 2 wrong usage or configuration. */
int main_key(int argc, char **argv);

#endif
