/* SPDX-License-Identifier: Apache-2.0
 * Names of the result codes. */
#include "base/err.h"

const char *err_name(enum err e)
{
	/* No default, so that the compiler names a code that is missing here. */
	switch (e) {
	case ERR_OK:          return "ok";
	case ERR_NOMEM:       return "no memory";
	case ERR_LIMIT:       return "limit";
	case ERR_SYNTAX:      return "syntax";
	case ERR_REFUSED:     return "refused";
	case ERR_NOT_FOUND:   return "not found";
	case ERR_CONFLICT:    return "conflict";
	case ERR_REFERENCED:  return "referenced";
	case ERR_INVALID:     return "invalid";
	case ERR_LOCKED:      return "locked";
	case ERR_RETRY:       return "retry";
	case ERR_TIMEOUT:     return "timeout";
	case ERR_UNAVAILABLE: return "unavailable";
	case ERR_UNCERTAIN:   return "uncertain";
	case ERR_IO:          return "input/output";
	case ERR_INTERNAL:    return "internal";
	}
	return "unknown";
}
