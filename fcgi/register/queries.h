/* SPDX-License-Identifier: Apache-2.0
 * The hand-written statements of sql/queries, embedded by the build without their comments; what they ask and
 * take is told there.  They are run with db/named.h. */
#ifndef ZIARA_REGISTER_QUERIES_H
#define ZIARA_REGISTER_QUERIES_H

extern const char query_engagements_organisation[];
extern const char query_engagements_person[];
extern const char query_engagements_page[];
extern const char query_organisations_by_part[];
extern const char query_people_by_part[];

#endif
