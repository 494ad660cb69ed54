/* SPDX-License-Identifier: Apache-2.0
 * Media types: Content-Type and the choice by Accept (RFC 9110, 8.3 and 12.5.1); Prefer. */
#include "http/request.h"

enum { QUALITY_MAX = 1000, SPECIFICITY_PARAMETER = 3 };

/* One element of a list header, and one parameter of an element, are cut the same way:
 * a separator inside a quoted string does not count. */
static struct str cut_unquoted(struct str s, char separator, struct str *rest)
{
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\') {
			i++;
		} else if (s.p[i] == '"') {
			quoted = !quoted;
		} else if (s.p[i] == separator && !quoted) {
			*rest = (struct str){ s.p + i + 1, s.n - i - 1 };
			return (struct str){ s.p, i };
		}
	}
	*rest = (struct str){ NULL, 0 };
	return s;
}

static struct str unquote(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct str){ s.p + 1, s.n - 2 };
	return s;
}

/* The next ";name=value" of *parameters; false at the end. */
static bool next_parameter(struct str *parameters, struct str *name, struct str *value)
{
	while (parameters->p) {
		struct str piece = str_trim(cut_unquoted(*parameters, ';', parameters));
		if (piece.n == 0)
			continue;
		*name = str_trim(str_cut(piece, '=', value));
		*value = unquote(str_trim(*value));
		return true;
	}
	return false;
}

/* Representations are UTF-8, so asking for it asks for nothing. */
static bool is_utf8_charset(struct str name, struct str value)
{
	return str_ieq(name, STR("charset")) && str_ieq(value, STR("utf-8"));
}

static bool has_parameter(struct str parameters, struct str name, struct str value)
{
	struct str n, v;
	while (next_parameter(&parameters, &n, &v))
		if (str_ieq(n, name) && str_eq(v, value))
			return true;
	return false;
}

/* qvalue: 0, 1, and up to three decimals (RFC 9110, 12.4.2), in thousandths; -1 when malformed. */
static int quality(struct str q)
{
	if (q.n < 1 || q.n > 5 || (q.p[0] != '0' && q.p[0] != '1') || (q.n > 1 && q.p[1] != '.'))
		return -1;
	int value = (q.p[0] - '0') * QUALITY_MAX;
	int place = QUALITY_MAX / 10;
	for (size_t i = 2; i < q.n; i++, place /= 10) {
		if (q.p[i] < '0' || q.p[i] > '9')
			return -1;
		value += (q.p[i] - '0') * place;
	}
	return value > QUALITY_MAX ? -1 : value;
}

/* How closely the range `element` fits the offer: 0 not at all, 1 by star/star, 2 by type/star,
 * 3 by type/subtype and one more for each parameter; *q is its quality. */
static int range_fits(struct str element, struct str offer, int *q)
{
	struct str parameters, offer_parameters, subtype, offer_subtype;
	struct str range = str_trim(cut_unquoted(element, ';', &parameters));
	struct str offered = str_trim(cut_unquoted(offer, ';', &offer_parameters));
	struct str type = str_cut(range, '/', &subtype);
	struct str offer_type = str_cut(offered, '/', &offer_subtype);
	int fit;
	if (str_is(type, "*") && str_is(subtype, "*"))
		fit = 1;
	else if (str_ieq(type, offer_type) && str_is(subtype, "*"))
		fit = 2;
	else if (str_ieq(type, offer_type) && subtype.n && str_ieq(subtype, offer_subtype))
		fit = SPECIFICITY_PARAMETER;
	else
		return 0;
	*q = QUALITY_MAX;
	struct str name, value;
	while (next_parameter(&parameters, &name, &value)) {
		if (str_ieq(name, STR("q"))) {
			*q = quality(value);
			return *q < 0 ? 0 : fit;
		}
		if (has_parameter(offer_parameters, name, value))
			fit++;
		else if (!is_utf8_charset(name, value))
			return 0;
	}
	return fit;
}

static int offer_quality(struct str accept, const char *offer)
{
	int best_fit = 0, best_q = 0;
	for (struct str rest = accept; rest.p;) {
		int q = 0;
		int fit = range_fits(cut_unquoted(rest, ',', &rest), str_from(offer), &q);
		if (fit > best_fit || (fit == best_fit && fit && q > best_q)) {
			best_fit = fit;
			best_q = q;
		}
	}
	return best_q;
}

bool http_content_type_is(struct str content_type, const char *type)
{
	struct str parameters, name, value;
	if (!str_ieq(str_trim(cut_unquoted(content_type, ';', &parameters)), str_from(type)))
		return false;
	while (next_parameter(&parameters, &name, &value))
		if (str_ieq(name, STR("charset")) && !is_utf8_charset(name, value))
			return false;
	return true;
}

static bool find_preference(struct str prefer, const char *name, struct str *value)
{
	while (prefer.p) {
		struct str parameters;
		struct str preference = cut_unquoted(cut_unquoted(prefer, ',', &prefer), ';', &parameters);
		if (str_ieq(str_trim(str_cut(preference, '=', value)), str_from(name)))
			return true;
	}
	return false;
}

bool http_prefers(struct str prefer, const char *name)
{
	struct str value;

	return find_preference(prefer, name, &value);
}

bool http_prefers_value(struct str prefer, const char *name, const char *wanted)
{
	struct str value;

	if (!find_preference(prefer, name, &value))
		return false;
	value = str_trim(value);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct str){ value.p + 1, value.n - 2 };
	return str_is(value, wanted);
}

const char *http_negotiate(struct str accept, const char *const *offers)
{
	if (str_trim(accept).n == 0)
		return offers[0];
	const char *best = NULL;
	int best_q = 0;
	for (size_t i = 0; offers[i]; i++) {
		int q = offer_quality(accept, offers[i]);
		if (q > best_q) {
			best = offers[i];
			best_q = q;
		}
	}
	return best;
}
