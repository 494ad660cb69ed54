/* SPDX-License-Identifier: Apache-2.0
 * Rules of an action across its fields, and what follows from them: its status, and whose recommendations it serves. */
#include "app/action.h"

#include "app/period.h"
#include "resource/hooks.h"
#include "resource/load.h"

static struct value *value_of(const struct shape *k, const struct record *item, const char *field)
{
	return &item->v[shape_leaf(k, str_from(field))];
}

static const char *place(const struct record *item)
{
	return item->pointer ? item->pointer : "";
}

/* --- what follows ------------------------------------------------------------------------- */

static enum err fill_visits(struct ctx *x, const struct shape *k, const struct shape *visit, const struct db_rows *rows,
			    struct record *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *r = value_of(k, &item[i], "recommendation");
		struct value *v = value_of(k, &item[i], "visit");
		*v = (struct value){ 0 };
		for (size_t j = 0; r->set && j < rows->rows && !v->set; j++) {
			const struct db_value *c = db_cell(rows, j, 0);
			struct uuid id;
			if (!load_uuid(&c[0], &id) || !uuid_eq(id, r->id))
				continue;
			v->set = load_uuid(&c[1], &v->id);
			v->label = c[2].s;
			v->hidden = !load_state_visible(&x->view, visit, c[3].s);
		}
		if (r->set && !v->set && x->problem->n_faults == 0)
			return ERR_RETRY; /* removed since the reference was looked at */
	}
	return ERR_OK;
}

/* A recommendation that something refers to stays with its visit, so what is read here needs no lock. */
static enum err derive_visits(struct ctx *x, const struct shape *s, struct record *after)
{
	int slot = shape_kid(s, STR("recommendations"));
	const struct shape *k = s->kids[slot].shape;
	const struct shape *visit = k->leaves[shape_leaf(k, STR("visit"))].target;
	struct records *all = &after->kids[slot];
	enum err e = ERR_OK;

	for (size_t from = 0; !e && from < all->n; from += LOAD_IN_MAX) {
		size_t n = all->n - from < LOAD_IN_MAX ? all->n - from : LOAD_IN_MAX;
		struct db_value ids[LOAD_IN_MAX];
		struct db_rows rows;
		for (size_t i = 0; i < n; i++)
			ids[i] = db_uuid(&value_of(k, &all->item[from + i], "recommendation")->id);
		e = load_in(x, "SELECT r.id, v.id, v.title, v.state FROM visit_recommendation r JOIN visit v ON v.id = r.parent WHERE r.id",
			    ids, n, "", &rows);
		if (!e)
			e = fill_visits(x, k, visit, &rows, all->item + from, n);
	}
	return e;
}

/* The latest word: an update added later counts unless it is certainly of an earlier date. */
static void derive_status(const struct shape *s, struct record *after)
{
	int slot = shape_kid(s, STR("updates"));
	const struct shape *k = s->kids[slot].shape;
	const struct record *last = NULL;

	for (size_t i = 0; i < after->kids[slot].n; i++) {
		const struct record *u = &after->kids[slot].item[i];
		if (!last || value_of(k, u, "date")->bounds.hi >= value_of(k, last, "date")->bounds.lo)
			last = u;
	}
	*value_of(s, after, "status") = last ? (struct value){ .set = true, .s = value_of(k, last, "status")->s } : (struct value){ 0 };
}

static enum err derive(struct ctx *x, const struct shape *s, struct record *after)
{
	derive_status(s, after);
	return derive_visits(x, s, after);
}

/* --- what is refused ---------------------------------------------------------------------- */

static void check_result(struct ctx *x, const struct shape *k, const struct record *item)
{
	bool policy = value_of(k, item, "policy")->set;
	int named = value_of(k, item, "visit")->set + policy + value_of(k, item, "url")->set;

	if (named != 1)
		problem_at_pointer(x->problem, place(item), named ? "contradiction" : "required", "Give one of visit, policy and url%s.",
				   named ? "; another result is another item" : "");
	if (value_of(k, item, "section")->set && !policy)
		problem_at_pointer(x->problem, place(item), "contradiction", "A section is one of a policy: give that too.");
}

static void check_twice(struct ctx *x, const struct shape *k, const struct records *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct value *v = value_of(k, &all->item[i], "recommendation");
		for (size_t j = 0; v->set && j < i; j++)
			if (value_of(k, &all->item[j], "recommendation")->set &&
			    uuid_eq(value_of(k, &all->item[j], "recommendation")->id, v->id)) {
				problem_at_pointer(x->problem, place(&all->item[i]), "repeated", "Another item names this recommendation already.");
				break;
			}
	}
}

static enum err check(struct ctx *x, const struct shape *s, const struct record *before, const struct record *after)
{
	int parties = shape_kid(s, STR("parties")), results = shape_kid(s, STR("results")), updates = shape_kid(s, STR("updates"));
	int recommendations = shape_kid(s, STR("recommendations"));
	const struct value *start = value_of(s, after, "start"), *due = value_of(s, after, "due");

	(void)before;
	if (after->kids[recommendations].n == 0)
		problem_at_pointer(x->problem, "/recommendations", "required", "An action is about one recommendation at least.");
	for (size_t i = 0; i < after->kids[parties].n; i++) {
		const struct shape *k = s->kids[parties].shape;
		const struct record *item = &after->kids[parties].item[i];
		if (!value_of(k, item, "organisation")->set && !value_of(k, item, "name_as_written")->set)
			problem_at_pointer(x->problem, place(item), "required", "Give organisation or name_as_written.");
	}
	for (size_t i = 0; i < after->kids[results].n; i++)
		check_result(x, s->kids[results].shape, &after->kids[results].item[i]);
	for (size_t i = 0; i < after->kids[updates].n; i++)
		period_date(x, s->kids[updates].shape, &after->kids[updates].item[i], "date");
	check_twice(x, s->kids[recommendations].shape, &after->kids[recommendations]);
	period_date(x, s, after, "start");
	period_date(x, s, after, "due");
	if (start->set && due->set && start->bounds.lo > due->bounds.hi)
		problem_at_pointer(x->problem, "/due", "contradiction", "It is due before it begins.");
	return ERR_OK;
}

void action_register_hooks(void)
{
	static const struct hooks hooks = { .derive = derive, .check = check };

	hooks_register("action", &hooks);
}
