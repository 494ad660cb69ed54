/* SPDX-License-Identifier: Apache-2.0
 * Inherits or binds the listening socket. */
#include "serve/listener.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static bool is_listening(int fd)
{
	int listening = 0, type = 0;
	socklen_t n = sizeof(listening), m = sizeof(type);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &m) == 0 && type == SOCK_STREAM;
}

static enum err take(struct listener *l, int fd, const char *from)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC)) {
		log_error("the socket given by %s: %s", from, strerror(errno));
		return ERR_IO;
	}
	l->fd = fd;
	log_info("serving on the socket given by %s", from);
	return ERR_OK;
}

/* Two servers that start at once would each take the other's fresh socket for a stale one.  The file stays: who
 * removed it might remove another's. */
static enum err lock_path(struct listener *l, const struct sockaddr_un *address)
{
	char path[sizeof(address->sun_path) + sizeof(".lock")];
	snprintf(path, sizeof(path), "%s.lock", address->sun_path);
	l->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->lock_fd < 0) {
		log_error("cannot listen on %s: %s: %s", address->sun_path, path, strerror(errno));
		return ERR_IO;
	}
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	log_error("%s is locked: another server serves on %s; stop it first", path, address->sun_path);
	return ERR_IO;
}

/* A socket file nobody listens on may go; anything else is somebody's. */
static enum err clear_path(const struct sockaddr_un *address)
{
	struct stat st;
	if (lstat(address->sun_path, &st)) {
		if (errno == ENOENT)
			return ERR_OK;
		log_error("%s: %s", address->sun_path, strerror(errno));
		return ERR_IO;
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_error("%s exists and is no socket: remove it, or set another path for the key socket",
			  address->sun_path);
		return ERR_IO;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		log_error("socket: %s", strerror(errno));
		return ERR_IO;
	}
	int failed = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (failed == 0 || failed == EAGAIN) { /* EAGAIN: it listens, and its queue is full */
		log_error("another server answers on %s: stop it first", address->sun_path);
		return ERR_IO;
	}
	if (failed != ECONNREFUSED && failed != ENOENT) {
		log_error("%s: %s", address->sun_path, strerror(failed));
		return ERR_IO;
	}
	if (unlink(address->sun_path) && errno != ENOENT) {
		log_error("the stale socket %s cannot be removed: %s", address->sun_path, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

/* (gid_t)-1 for an empty name: the group stays. */
static enum err find_group(const char *name, gid_t *gid)
{
	char room[4096], *end;
	struct group g, *found = NULL;

	*gid = (gid_t)-1;
	if (!*name)
		return ERR_OK;
	int failed = getgrnam_r(name, &g, room, sizeof(room), &found);
	if (found) {
		*gid = found->gr_gid;
		return ERR_OK;
	}
	unsigned long number = strtoul(name, &end, 10);
	if (*name >= '0' && *name <= '9' && !*end && number < (gid_t)-1) {
		*gid = (gid_t)number;
		return ERR_OK;
	}
	log_error("socket_group \"%s\" is neither a group nor a number%s%s", name, failed ? ": " : "",
		  failed ? strerror(failed) : "");
	return ERR_IO;
}

/* Bound without any permission and listening last, so that at no moment more stands open than is
 * to be in the end. */
static int bind_closed(int fd, const struct sockaddr_un *address, mode_t mode, gid_t gid)
{
	mode_t old = umask(0777);
	int failed = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	umask(old);
	if (failed)
		return failed;
	if ((gid != (gid_t)-1 && fchownat(AT_FDCWD, address->sun_path, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW)) ||
	    chmod(address->sun_path, mode)) {
		failed = errno;
		unlink(address->sun_path);
	}
	return failed;
}

/* nginx answers 502 at once when the queue is full, and the kernel shortens it without a word. */
static void warn_of_short_queue(int backlog)
{
	static const char path[] = "/proc/sys/net/core/somaxconn";
	FILE *f = fopen(path, "re");
	int most;
	if (!f)
		return;
	if (fscanf(f, "%d", &most) == 1 && most < backlog)
		log_warn("backlog %d is cut to %d: raise net.core.somaxconn, or lower backlog", backlog, most);
	fclose(f);
}

static enum err bind_at(struct listener *l, const struct sockaddr_un *address, mode_t mode, gid_t gid, int backlog)
{
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		log_error("socket: %s", strerror(errno));
		return ERR_IO;
	}
	int failed = bind_closed(fd, address, mode, gid);
	if (!failed && (listen(fd, backlog) || lstat(address->sun_path, &st)))
		failed = errno;
	if (failed) {
		log_error("cannot listen on %s: %s", address->sun_path, strerror(failed));
		close(fd);
		return ERR_IO;
	}
	warn_of_short_queue(backlog);
	l->fd = fd;
	l->bound_here = true;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	memcpy(l->path, address->sun_path, sizeof(l->path));
	return ERR_OK;
}

static enum err bind_path(struct listener *l, const struct conf *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_Static_assert(sizeof(address.sun_path) == sizeof(l->path), "a socket path has 108 bytes");
	size_t n = strnlen(c->socket, sizeof(c->socket));
	if (n == 0 || n >= sizeof(address.sun_path)) {
		log_error("set the key socket to a path of 1 to %zu bytes", sizeof(address.sun_path) - 1);
		return ERR_IO;
	}
	memcpy(address.sun_path, c->socket, n);
	char *end;
	unsigned long mode = strtoul(c->socket_mode, &end, 8);
	if (!*c->socket_mode || *end || mode > 0777) {
		log_error("socket_mode %s is no octal mode such as 0660", c->socket_mode);
		return ERR_IO;
	}
	gid_t gid;
	enum err e = find_group(c->socket_group, &gid);
	if (!e)
		e = lock_path(l, &address);
	if (!e)
		e = clear_path(&address);
	return e ? e : bind_at(l, &address, (mode_t)mode, gid, c->backlog);
}

enum err listener_open(struct listener *l, const struct conf *c)
{
	*l = (struct listener){ .fd = -1, .lock_fd = -1 };
	int given = sd_listen_fds(1);
	if (given < 0) {
		log_error("LISTEN_FDS: %s", strerror(-given));
		return ERR_IO;
	}
	if (given > 1 || (given == 1 && !is_listening(SD_LISTEN_FDS_START))) {
		log_error("LISTEN_FDS must hand over one listening stream socket");
		return ERR_IO;
	}
	if (given == 1)
		return take(l, SD_LISTEN_FDS_START, "the service manager");
	if (is_listening(STDIN_FILENO))
		return take(l, STDIN_FILENO, "standard input");
	return bind_path(l, c);
}

void listener_unlink(const struct listener *l)
{
	struct stat st;
	if (!l->bound_here)
		return;
	if (lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino && unlink(l->path))
		log_warn("%s cannot be removed: %s", l->path, strerror(errno));
	close(l->lock_fd);
}
