/* SPDX-License-Identifier: Apache-2.0
 * Direction of a visit, and rules across its fields. */
#include "app/visit.h"

#include "resource/hooks.h"

/* Which countries stand on one side: the home country, others, or both. */
struct side {
	bool home, other;
};

static void meet(struct side *side, struct str country, const char *home)
{
	if (str_is(country, home))
		side->home = true;
	else
		side->other = true;
}

static struct str code_of(const struct shape *s, const struct record *r, const char *field)
{
	int leaf = shape_leaf(s, str_from(field));

	return leaf >= 0 && r->v[leaf].set ? r->v[leaf].s : (struct str){ NULL, 0 };
}

/* Seen from home: who went, and where (domain.md, rule 2).  A visit by home to home and elsewhere is
 * outbound; one by several countries with home among them is outbound from here. */
static const char *direction(const struct ctx *x, const struct shape *s, const struct record *r)
{
	const char *home = x->conf->home_country;
	int legs = shape_kid(s, STR("legs")), parties = shape_kid(s, STR("parties"));
	struct side from = { 0 }, to = { 0 };

	for (size_t i = 0; i < r->kids[parties].n; i++) {
		const struct shape *k = s->kids[parties].shape;
		const struct record *p = &r->kids[parties].item[i];
		struct str country = code_of(k, p, "country"), role = code_of(k, p, "role");
		if (country.n && str_is(role, "delegating"))
			meet(&from, country, home);
		else if (country.n && str_is(role, "host"))
			meet(&to, country, home);
	}
	for (size_t i = 0; i < r->kids[legs].n; i++) {
		struct str country = code_of(s->kids[legs].shape, &r->kids[legs].item[i], "country");
		if (country.n)
			meet(&to, country, home);
	}
	if ((!from.home && !from.other) || (!to.home && !to.other))
		return NULL;
	if (from.home)
		return to.other ? "outbound" : "domestic";
	return to.home ? "inbound" : "third_country";
}

static bool set(const struct shape *s, const struct record *r, const char *field)
{
	int leaf = shape_leaf(s, str_from(field));

	return leaf >= 0 && r->v[leaf].set;
}

static int64_t number(const struct shape *s, const struct record *r, const char *field)
{
	int leaf = shape_leaf(s, str_from(field));

	return leaf >= 0 && r->v[leaf].set ? r->v[leaf].i : 0;
}

static void check_counts(struct ctx *x, const struct shape *s, const struct record *r, const char *at, const char *whole,
			 const char *women, const char *men)
{
	if (set(s, r, whole) && number(s, r, women) + number(s, r, men) > number(s, r, whole))
		problem_at_pointer(x->problem, at, "contradiction", "%s and %s together are more than %s.", women, men, whole);
}

/* A party that names nobody says nothing. */
static void check_named(struct ctx *x, const struct shape *s, const struct record *r, bool country)
{
	if (set(s, r, "organisation") || set(s, r, "name_as_written") || (country && set(s, r, "country")))
		return;
	problem_at_pointer(x->problem, r->pointer ? r->pointer : "", "required",
			   country ? "Give organisation, name_as_written or country." : "Give organisation or name_as_written.");
}

static void check_seats(struct ctx *x, const struct shape *s, const struct records *seats)
{
	for (size_t i = 0; i < seats->n; i++)
		check_counts(x, s, &seats->item[i], seats->item[i].pointer ? seats->item[i].pointer : "", "count",
			     "count_women", "count_men");
}

static enum err check(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	int parties = shape_kid(s, STR("parties")), seats = shape_kid(s, STR("seats"));
	int meetings = shape_kid(s, STR("meetings")), recommendations = shape_kid(s, STR("recommendations"));

	(void)before;
	check_counts(x, s, after, "/delegation_size", "delegation_size", "delegation_women", "delegation_men");
	for (size_t i = 0; i < after->kids[parties].n; i++)
		check_named(x, s->kids[parties].shape, &after->kids[parties].item[i], true);
	check_seats(x, s->kids[seats].shape, &after->kids[seats]);
	for (size_t i = 0; i < after->kids[meetings].n; i++)
		check_seats(x, s->kids[meetings].shape->kids[0].shape, &after->kids[meetings].item[i].kids[0]);
	for (size_t i = 0; i < after->kids[recommendations].n; i++) {
		const struct shape *k = s->kids[recommendations].shape;
		for (size_t j = 0; j < k->n_kids; j++)
			for (size_t n = 0; n < after->kids[recommendations].item[i].kids[j].n; n++)
				check_named(x, k->kids[j].shape, &after->kids[recommendations].item[i].kids[j].item[n], false);
	}
	return ERR_OK;
}

void visit_register_hooks(void)
{
	static const struct hooks hooks = { .check = check, .computed = direction, .needs = { "legs", "parties", NULL } };

	hooks_register("visit", &hooks);
}
