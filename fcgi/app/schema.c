/* SPDX-License-Identifier: Apache-2.0
 * No record is read or written on a schema that is not this program's. */
#include "app/app.h"

#include "base/log.h"
#include "base/metric.h"
#include "db/migrate.h"

enum { LOOK_AGAIN_MS = 1000 };

enum err app_schema_fits(struct ctx *x, struct schema_watch *w)
{
	struct migrate_state s = { 0 };

	if (w->fits && x->now_ms - w->looked_ms < LOOK_AGAIN_MS)
		return ERR_OK;
	enum err e = migrate_check(x->db, x->arena, &s);
	if (e && e != ERR_CONFLICT)
		return e;
	bool fits = !e && s.applied >= s.known && s.unfinished < 0;
	if (!fits && (w->fits || w->looked_ms == 0))
		log_error("schema: %s", s.message);
	metric_set(METRIC_SCHEMA, s.applied);
	w->fits = fits;
	w->looked_ms = x->now_ms;
	return fits ? ERR_OK : problem_set(x->problem, 503, "schema", "%s", s.message);
}
