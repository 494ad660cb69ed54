/* SPDX-License-Identifier: Apache-2.0
 * From :name to ? and bound values. */
#include "db/named.h"

static void place(struct buf *text, struct named_sql *out, const struct db_value *v)
{
	if (out->n == out->max) {
		text->err = ERR_LIMIT;
		return;
	}
	buf_char(text, '?');
	out->params[out->n++] = *v;
}

static void places(struct buf *text, struct named_sql *out, const struct named *v)
{
	static const size_t lengths[] = { 1, 4, 16, 50, NAMED_LIST_MAX };
	size_t wide = 0;

	while (wide < sizeof(lengths) / sizeof(*lengths) && lengths[wide] < v->n)
		wide++;
	if (wide == sizeof(lengths) / sizeof(*lengths)) {
		text->err = ERR_LIMIT;
		return;
	}
	for (size_t i = 0; i < lengths[wide]; i++) {
		buf_z(text, i ? ", " : "");
		place(text, out, &v->list[i < v->n ? i : v->n - 1]);
	}
}

static bool of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static const struct named *find(const struct named *values, struct str name)
{
	for (; values->name; values++)
		if (str_is(name, values->name))
			return values;
	return NULL;
}

void named_write(struct buf *text, struct named_sql *out, const char *sql, const struct named *values)
{
	struct str rest = str_from(sql);

	while (rest.p) {
		struct str before = str_cut(rest, ':', &rest), name = { rest.p, 0 };
		buf_str(text, before);
		if (!rest.p)
			return;
		while (name.n < rest.n && of_name(rest.p[name.n]))
			name.n++;
		rest = (struct str){ rest.p + name.n, rest.n - name.n };
		const struct named *v = find(values, name);
		if (!v)
			text->err = ERR_INTERNAL;
		else if (v->sql)
			named_write(text, out, v->sql, values);
		else if (v->list)
			places(text, out, v);
		else
			place(text, out, &v->one);
	}
}
