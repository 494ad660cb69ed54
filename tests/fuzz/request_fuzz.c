/* SPDX-License-Identifier: Apache-2.0
 * Any request target and headers: read, or refused with a problem; what is decoded is valid UTF-8. */
#include "base/text.h"
#include "http/etag.h"
#include "http/request.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct str target, header;
};

static struct str parameter(void *arg, const char *name)
{
	const struct input *in = arg;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return STR("GET");
	if (strcmp(name, "REQUEST_URI") == 0)
		return in->target;
	if (strcmp(name, "ZIARA_PREFIX") == 0)
		return STR("/api");
	if (strcmp(name, "ZIARA_DUPLICATE") == 0)
		return (struct str){ NULL, 0 };
	return in->header;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_request r;
	static struct problem p;
	static const char *const offers[] = { "application/json", "text/csv", NULL };
	struct input in;
	struct arena *a = arena_new(1 << 20);

	if (!a)
		abort();
	in.target = str_cut((struct str){ (const char *)data, size }, '\n', &in.header);
	if (in.target.n == 0)
		in.target = STR("/"); /* none at all is a fault of the web server's configuration */
	memset(&r, 0, sizeof(r));
	problem_reset(&p, a);
	enum err e = http_request_read(&r, a, parameter, &in, &p);
	if (e != ERR_OK && e != ERR_NOMEM && (e != ERR_REFUSED || p.status != 400))
		abort();
	for (size_t i = 0; i < r.n_query; i++)
		if (!text_utf8_valid(r.query[i].name) || !text_utf8_valid(r.query[i].value))
			abort();
	(void)http_negotiate(r.accept, offers);
	(void)etag_none_match_hits(r.if_none_match, "\"1.1.0.p.j\"");
	(void)etag_match_version(r.if_match, 1);
	arena_free(a);
	return 0;
}
