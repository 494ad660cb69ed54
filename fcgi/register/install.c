/* SPDX-License-Identifier: Apache-2.0
 * The embedded code lists go into the table. */
#include "register/install.h"

#include "register/codelists.h"

#include <stdio.h>

/* Who embeds a label, and who keeps an answer in memory, is told (app/pages.h). */
#define NEW_LABELS "UPDATE label_epoch SET epoch = epoch + 1"
#define COUNTED "INSERT INTO write_stamp (slot, n) VALUES (0, 1) ON DUPLICATE KEY UPDATE n = n + 1"

static struct db_value optional(const char *z)
{
	return z ? db_text(str_from(z)) : db_null();
}

struct install {
	struct arena *arena;
	size_t added;
};

static enum err install_rows(struct db *d, void *arg)
{
	struct install *n = arg;

	n->added = 0;
	for (size_t i = 0; i < codelist_rows_count; i++) {
		const struct codelist_row *r = &codelist_rows[i];
		struct db_value v[] = {
			optional(r->list), optional(r->code), optional(r->parent), optional(r->label_en),
			optional(r->label_fr), optional(r->label_sw), db_int(r->active), db_int(r->pos),
		};
		struct db_rows rows;
		enum err e = db_query(d, n->arena,
				      "INSERT IGNORE INTO code (list, code, parent, label_en, label_fr, label_sw, active, pos)"
				      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", v, sizeof(v) / sizeof(*v), &rows);
		if (e)
			return e;
		n->added += rows.affected;
	}
	enum err e = n->added ? db_query(d, n->arena, NEW_LABELS, NULL, 0, NULL) : ERR_OK;
	return !e && n->added ? db_query(d, n->arena, COUNTED, NULL, 0, NULL) : e;
}

enum err install_codelists(struct db *d, struct arena *a, size_t *added)
{
	struct install n = { a, 0 };
	enum err e = db_tx(d, DB_WRITE, install_rows, &n);

	*added = n.added;
	return e;
}

static void print_text(const char *z, const char *after)
{
	if (!z) {
		printf("NULL%s", after);
		return;
	}
	putchar('\'');
	for (; *z; z++) {
		if (*z == '\'' || *z == '\\')
			putchar(*z);
		putchar(*z);
	}
	printf("'%s", after);
}

void install_print_sql(void)
{
	for (size_t i = 0; i < codelist_rows_count; i++) {
		const struct codelist_row *r = &codelist_rows[i];
		printf("INSERT IGNORE INTO code (list, code, parent, label_en, label_fr, label_sw, active, pos) VALUES (");
		print_text(r->list, ", ");
		print_text(r->code, ", ");
		print_text(r->parent, ", ");
		print_text(r->label_en, ", ");
		print_text(r->label_fr, ", ");
		print_text(r->label_sw, ", ");
		printf("%d, %d);\n", r->active, r->pos);
	}
	puts(NEW_LABELS ";\n" COUNTED ";");
}
