/* SPDX-License-Identifier: Apache-2.0
 * No record is read or written on a schema that is not this program's. */
#include "app/app.h"

#include "base/log.h"
#include "base/metric.h"
#include "db/migrate.h"

#include <stdatomic.h>

enum { LOOK_AGAIN_MS = 1000 };

enum err app_home_known(struct db *d, struct arena *a, const struct conf *c, bool *known)
{
	struct db_value v = db_text(str_from(c->home_country));
	struct db_rows rows;
	enum err e = db_query(d, a, "SELECT 1 FROM code WHERE list = 'country' AND code = ? AND active", &v, 1, &rows);

	*known = !e && rows.rows > 0;
	return e;
}

/* Once a process; serving goes on, for the register may get the code. */
static void warn_of_home(struct ctx *x)
{
	static atomic_bool looked;
	bool known;

	if (atomic_exchange(&looked, true))
		return;
	if (app_home_known(x->db, x->arena, x->conf, &known))
		atomic_store(&looked, false); /* the request itself will tell */
	else if (!known)
		log_warn(APP_HOME_UNKNOWN, x->conf->home_country);
}

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
	if (fits)
		warn_of_home(x);
	return fits ? ERR_OK : problem_set(x->problem, 503, "schema", "%s", s.message);
}
