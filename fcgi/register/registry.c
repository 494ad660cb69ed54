/* SPDX-License-Identifier: Apache-2.0
 * The list of resources, and shared field rows. */
#include "register/registry.h"

const struct field identifier_fields[] = {
	{ "scheme", F_TEXT, .col = "scheme", .len = { 1, 60 }, .flags = FIELD_REQUIRED, .doc = "Who numbers, for example XM-DAC." },
	{ "value", F_TEXT, .col = "value", .len = { 1, 150 }, .flags = FIELD_REQUIRED, .doc = "The number itself." },
	{ 0 },
};

const struct field unique_identifier_fields[] = {
	{ "scheme", F_TEXT, .col = "scheme", .len = { 1, 60 }, .flags = FIELD_REQUIRED | FIELD_UNIQUE,
	  .doc = "Who numbers, for example XM-DAC." },
	{ "value", F_TEXT, .col = "value", .len = { 1, 150 }, .flags = FIELD_REQUIRED | FIELD_UNIQUE,
	  .doc = "The number itself; scheme and value belong to one record only." },
	{ 0 },
};

const struct field source_fields[] = {
	{ "title", F_TEXT, .col = "title", .len = { 1, 300 }, .doc = "Title of the page or paper." },
	{ "publisher", F_TEXT, .col = "publisher", .len = { 1, 300 }, .doc = "Who published it." },
	{ "url", F_URL, .col = "url", .len = { 1, 2000 }, .doc = "Its address." },
	{ "published_at", F_EDTF, .col = "published_at", .doc = "When it was published." },
	{ "accessed", F_EDTF, .col = "accessed", .doc = "When it was read." },
	{ "language", F_CODE, .col = "language", .list = "language", .doc = "Its language." },
	{ "note", F_TEXT, .col = "note", .len = { 1, 2000 }, .doc = "Remark." },
	{ 0 },
};

const struct resource *const registry[] = {
	&visit_resource,
	&meeting_resource,
	&learning_resource,
	&recommendation_resource,
	&programme_resource,
	&organisation_resource,
	&person_resource,
	&policy_resource,
	&action_resource,
	NULL,
};
