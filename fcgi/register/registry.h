/* SPDX-License-Identifier: Apache-2.0
 * The resources of the register and the field rows that several of them share. */
#ifndef ZIARA_REGISTER_REGISTRY_H
#define ZIARA_REGISTER_REGISTRY_H

#include "resource/field.h"

extern const struct resource visit_resource, meeting_resource, learning_resource, recommendation_resource,
	organisation_resource, person_resource, programme_resource, policy_resource, action_resource;

/* Every resource, in the order of the OpenAPI; ends with NULL. */
extern const struct resource *const registry[];

/* {scheme, value}: a number somebody else gave to the record. */
extern const struct field identifier_fields[];
/* The same where scheme and value together are unique across the register. */
extern const struct field unique_identifier_fields[];
/* Where a fact comes from (domain.md, rule 7). */
extern const struct field source_fields[];

#endif
