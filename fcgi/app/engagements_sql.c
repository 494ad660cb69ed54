/* SPDX-License-Identifier: Apache-2.0
 * Where engagements are read.
 *
 * That stands in two places which go together: a row in a table below, and the SELECT of that number in
 * sql/queries/engagements_organisation.sql or engagements_person.sql; a new source is one of
 * each.  What a row says of its class decides here whether its SELECT is run at all; states are conditions of
 * the SELECT. */
#include "app/engagements.h"

#include "register/queries.h"

static const struct engagement_source organisation_sources[] = {
	{ "visit", "parties.organisation", "party_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "visit", "parties.via", "engagement_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "visit", "seats.organisation", "seat_capacity", GROUP_VISITS, CLASS_PUBLIC },
	{ "visit", "seats.on_behalf_of", "engagement_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "visit", "seats.cost.payer", "engagement_role", GROUP_VISITS, CLASS_RESTRICTED },
	{ "meeting", "seats.organisation", "seat_capacity", GROUP_VISITS, CLASS_PUBLIC },
	{ "meeting", "seats.on_behalf_of", "engagement_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "recommendation", "addressees.organisation", "engagement_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "recommendation", "counterparts.organisation", "engagement_role", GROUP_VISITS, CLASS_PUBLIC },
	{ "programme", "parties.organisation", "programme_party_role", GROUP_DIRECTORY, CLASS_PUBLIC },
	{ "programme", "parties.via", "engagement_role", GROUP_DIRECTORY, CLASS_PUBLIC },
	{ "policy", "organisation", "engagement_role", GROUP_POLICIES, CLASS_PUBLIC },
	{ "action", "parties.organisation", "action_party_role", GROUP_VISITS, CLASS_PUBLIC },
};

/* A seat's person is public only in public office: the SELECT sees to that for each seat. */
static const struct engagement_source person_sources[] = {
	{ "visit", "seats.person", "seat_capacity", GROUP_VISITS, CLASS_PUBLIC },
	{ "meeting", "seats.person", "seat_capacity", GROUP_VISITS, CLASS_PUBLIC },
	{ "membership", "memberships", "engagement_role", GROUP_DIRECTORY, CLASS_PUBLIC },
};

const struct engagement_kind engagements_of_organisation = {
	"organisations", query_engagements_organisation, organisation_sources,
	sizeof(organisation_sources) / sizeof(*organisation_sources), false,
};
const struct engagement_kind engagements_of_person = {
	"people", query_engagements_person, person_sources, sizeof(person_sources) / sizeof(*person_sources), true,
};

static bool wanted(const struct view *v, const struct engagement_source *s, const struct engagement_filter *f)
{
	return s->cls <= v->of[s->group].fields && (!f->type.p || str_is(f->type, s->type));
}

/* The numbers of the sources of one type, to be bound as a list. */
static size_t numbers(const struct engagement_kind *kind, const char *type, struct db_value out[ENGAGEMENT_SOURCES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < kind->n; i++)
		if (strcmp(kind->sources[i].type, type) == 0)
			out[n++] = db_int((int64_t)i + 1);
	return n;
}

void engagements_sql(const struct view *v, const struct engagement_kind *kind, const struct engagement_filter *f,
		     const struct db_value *ids, size_t n_ids, size_t n_own, int64_t limit, struct buf *text, struct named_sql *out)
{
	static const char *const flags[] = { "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13" };
	static const char *const lists[][2] = { { "visits", "visit" }, { "programmes", "programme" }, { "policies", "policy" },
						{ "recommendations", "recommendation" }, { "meetings", "meeting" },
						{ "actions", "action" } };
	_Static_assert(sizeof(flags) / sizeof(*flags) == ENGAGEMENT_SOURCES_MAX, "a name for each source");
	struct db_value of[sizeof(lists) / sizeof(*lists)][ENGAGEMENT_SOURCES_MAX];
	struct named values[ENGAGEMENT_SOURCES_MAX + 24];
	size_t n = 0;

	for (size_t i = 0; i < kind->n; i++)
		values[n++] = named_int(flags[i], wanted(v, &kind->sources[i], f));
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		values[n++] = named_list(lists[i][0], of[i], numbers(kind, lists[i][1], of[i]));
	values[n++] = named_list("ids", ids, n_ids);
	values[n++] = named_list("own", ids, n_own);
	values[n++] = named_int("any_role", !f->role.p);
	values[n++] = (struct named){ .name = "role", .one = db_text(f->role) };
	values[n++] = named_int("sees_visits", v->of[GROUP_VISITS].writes);
	values[n++] = named_int("sees_directory", v->of[GROUP_DIRECTORY].writes);
	values[n++] = named_int("sees_policies", v->of[GROUP_POLICIES].writes);
	values[n++] = named_int("sees_names", v->of[GROUP_VISITS].fields >= CLASS_RESTRICTED);
	values[n++] = named_int("people", kind->people);
	values[n++] = named_int("first", !f->after_n);
	values[n++] = (struct named){ .name = "lo", .one = f->after_lo };
	values[n++] = (struct named){ .name = "tie", .one = db_uuid(&f->after_tie) };
	values[n++] = named_int("n", f->after_n);
	values[n++] = (struct named){ .name = "role_after", .one = db_text(f->after_role) };
	values[n++] = named_int("limit", limit);
	values[n++] = (struct named){ .name = "sources", .sql = kind->sql };
	values[n] = (struct named){ .name = NULL };
	named_write(text, out, limit ? query_engagements_page : "SELECT COUNT(DISTINCT a.n, a.id, a.tie, a.role) FROM (:sources) a", values);
	buf_char(text, '\0');
}
