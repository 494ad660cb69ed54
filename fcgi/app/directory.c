/* SPDX-License-Identifier: Apache-2.0
 * Rules of organisations and people across their fields. */
#include "app/directory.h"

#include "app/kinship.h"
#include "app/period.h"
#include "resource/hooks.h"

static const struct value *value_of(const struct shape *k, const struct record *item, const char *field)
{
	return &item->v[shape_leaf(k, str_from(field))];
}

static const char *place(const struct record *item)
{
	return item->pointer ? item->pointer : "";
}

/* Every item of one array. */
static void each(struct ctx *x, const struct shape *s, const struct record *r, const char *kid,
		 void (*check)(struct ctx *x, const struct shape *k, const struct record *item))
{
	int slot = shape_kid(s, str_from(kid));

	for (size_t i = 0; i < r->kids[slot].n; i++)
		check(x, s->kids[slot].shape, &r->kids[slot].item[i]);
}

static bool names_a_body(const struct shape *k, const struct record *item)
{
	return value_of(k, item, "organisation")->set || value_of(k, item, "name_as_written")->set;
}

static void check_named(struct ctx *x, const struct shape *k, const struct record *item)
{
	if (!names_a_body(k, item))
		problem_at_pointer(x->problem, place(item), "required", "Give organisation or name_as_written.");
}

static void check_relation(struct ctx *x, const struct shape *k, const struct record *item)
{
	check_named(x, k, item);
	period_check(x, k, item);
}

static void check_succession(struct ctx *x, const struct shape *k, const struct record *item)
{
	check_named(x, k, item);
	period_date(x, k, item, "date");
}

static void check_membership(struct ctx *x, const struct shape *k, const struct record *item)
{
	if (!names_a_body(k, item) && !value_of(k, item, "post")->set)
		problem_at_pointer(x->problem, place(item), "required", "Give organisation, name_as_written or post.");
	period_check(x, k, item);
}

static void check_contact(struct ctx *x, const struct shape *k, const struct record *item)
{
	period_date(x, k, item, "keep_until");
}

/* A body goes on as one other; what goes to several has been split. */
static void check_one_heir(struct ctx *x, const struct shape *s, const struct record *r)
{
	int slot = shape_kid(s, STR("successions"));
	const struct shape *k = s->kids[slot].shape;
	size_t n = 0;

	for (size_t i = 0; i < r->kids[slot].n; i++) {
		const struct record *item = &r->kids[slot].item[i];
		const struct value *partial = value_of(k, item, "partial");
		if ((partial->set && partial->i) || str_is(value_of(k, item, "kind")->s, "split"))
			continue;
		if (n++)
			problem_at_pointer(x->problem, place(item), "contradiction", "It went to another body whole already: say partial, or split for each.");
	}
}

/* Being part of itself is a circle (kinship.h); a partner needs two, too. */
static void check_partners(struct ctx *x, const struct shape *s, const struct record *r)
{
	int slot = shape_kid(s, STR("relations"));
	const struct shape *k = s->kids[slot].shape;

	for (size_t i = 0; i < r->kids[slot].n; i++) {
		const struct record *item = &r->kids[slot].item[i];
		const struct value *other = value_of(k, item, "organisation");
		if (str_is(value_of(k, item, "kind")->s, "partner") && other->set && uuid_eq(value_answers(other), r->id))
			problem_at_pointer(x->problem, place(item), "itself", "A body is no partner of itself.");
	}
}

static enum err check_organisation(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	each(x, s, after, "names", period_check);
	each(x, s, after, "relations", check_relation);
	each(x, s, after, "successions", check_succession);
	check_one_heir(x, s, after);
	check_partners(x, s, after);
	return kinship_check(x, s, before, after);
}

static enum err check_person(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	(void)before;
	each(x, s, after, "memberships", check_membership);
	each(x, s, after, "contacts", check_contact);
	return ERR_OK;
}

void directory_register_hooks(void)
{
	static const struct hooks organisation = { .check = check_organisation }, person = { .check = check_person };

	hooks_register("organisation", &organisation);
	hooks_register("person", &person);
}
