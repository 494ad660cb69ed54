/* SPDX-License-Identifier: Apache-2.0
 * Looks at a request before libfcgi may read it. */
#include "serve/peek.h"

#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>

enum { FIRST = 16 * 1024 };

enum peek peek(int fd, unsigned char room[SCAN_HEAD_MAX], size_t *seen, bool *whole, bool *trailing)
{
	size_t size = FIRST;

	*whole = *trailing = false;
	for (;;) {
		const char *why = "its parameters are too long";
		ssize_t n = recv(fd, room, size, MSG_PEEK | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return PEEK_NOTHING;
		if (n <= 0)
			return PEEK_END;
		*seen = (size_t)n;
		enum scan_verdict verdict = scan_request(room, *seen, whole, trailing, &why);
		bool goes_on = verdict == SCAN_SHORT || (verdict == SCAN_SOUND && !*whole);
		if (goes_on && *seen == size && size < SCAN_HEAD_MAX) {
			size = SCAN_HEAD_MAX;
			continue;
		}
		if (verdict == SCAN_SOUND)
			return PEEK_REQUEST;
		if (verdict == SCAN_SHORT && *seen < size)
			return PEEK_HALF;
		log_warn("FastCGI connection closed: %s", why);
		return PEEK_END;
	}
}
