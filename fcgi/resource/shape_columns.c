/* SPDX-License-Identifier: Apache-2.0
 * The columns of a record in a SELECT, and the joins that references among them need. */
#include "resource/shape.h"

#include "base/buf.h"

size_t shape_columns(const struct shape *s, uint64_t leaves, struct buf *out)
{
	size_t n = s->parent ? 3 : 1;

	buf_z(out, s->parent ? "t.id, t.parent, t.pos" : "t.id");
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct leaf *l = &s->leaves[i];
		if (!l->f->col || !(leaves & UINT64_C(1) << i))
			continue;
		buf_z(out, ", t.");
		buf_z(out, l->f->col);
		n++;
		if (l->target) {
			const struct shape *g = l->target;
			buf_printf(out, ", r%zu.%s, %c%zu.state", i, g->leaves[g->label_leaf].f->col, g->parent ? 'p' : 'r', i);
			n += 2;
			if (shape_merges(g)) {
				buf_printf(out, ", r%zu.merged_into", i);
				n++;
			}
		}
	}
	return n;
}

void shape_joins(const struct shape *s, uint64_t leaves, struct buf *out)
{
	for (size_t i = 0; i < s->n_leaves; i++) {
		const struct shape *g = s->leaves[i].target;
		if (!g || !(leaves & UINT64_C(1) << i))
			continue;
		buf_printf(out, " LEFT JOIN %s r%zu ON r%zu.id = t.%s", g->table, i, i, s->leaves[i].f->col);
		if (g->parent)
			buf_printf(out, " LEFT JOIN %s p%zu ON p%zu.id = r%zu.parent", g->parent->table, i, i, i);
	}
}
