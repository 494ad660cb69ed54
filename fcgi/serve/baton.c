/* SPDX-License-Identifier: Apache-2.0
 * One message a connection: a byte, and the descriptor beside it. */
#include "serve/baton.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

enum err baton_open(struct baton *b)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
		log_error("sockets between workers: %s", strerror(errno));
		*b = (struct baton){ -1, -1 };
		return ERR_IO;
	}
	*b = (struct baton){ pair[0], pair[1] };
	return ERR_OK;
}

void baton_close(struct baton *b)
{
	close(b->give);
	close(b->take);
}

bool baton_give(const struct baton *b, int fd)
{
	union control control = { 0 };
	char nothing = 0;
	struct iovec byte = { &nothing, 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(b->give, &m, MSG_NOSIGNAL) == 1;
}

bool baton_waits(const struct baton *b)
{
	char byte;
	return recv(b->take, &byte, 1, MSG_PEEK) == 1;
}

int baton_take(const struct baton *b)
{
	union control control;
	char room;
	struct iovec byte = { &room, 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = -1;
	if (recvmsg(b->take, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	else
		log_error("a connection handed over by another worker is lost: too many open descriptors");
	return fd;
}
