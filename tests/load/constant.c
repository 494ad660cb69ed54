/* SPDX-License-Identifier: Apache-2.0
 * The floor of scripts/bench: a constant answer of 1 KB by libfcgi, served as the application serves, by two
 * processes whose threads share one one-shot epoll over the listening socket and all kept connections.
 *
 *   constant SOCKET THREADS   until it is killed */
#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BODY_BYTES = 1024, BACKLOG = 4096, THREADS_MAX = 256 };

static int listener, epoll;
static char body[BODY_BYTES];

static void fail(const char *what)
{
	fprintf(stderr, "constant: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void watch(int fd, int how, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, how, fd, &e) != 0)
		close(fd);
}

static void take_connections(void)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return;
		watch(fd, EPOLL_CTL_ADD, EPOLLIN | EPOLLONESHOT);
	}
}

static void answer(FCGX_Request *r, int fd)
{
	char rest[512];

	r->ipcFd = fd;
	r->keepConnection = 1;
	r->listen_sock = -1;
	if (FCGX_Accept_r(r) < 0)
		return;
	while (FCGX_GetStr(rest, sizeof(rest), r->in) == (int)sizeof(rest))
		;
	FCGX_FPrintF(r->out, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", BODY_BYTES);
	FCGX_PutStr(body, BODY_BYTES, r->out);
	FCGX_Finish_r(r);
	if (r->ipcFd >= 0)
		watch(r->ipcFd, EPOLL_CTL_MOD, EPOLLIN | EPOLLONESHOT);
}

static void *serve(void *unused)
{
	FCGX_Request r;

	(void)unused;
	FCGX_InitRequest(&r, -1, 0);
	for (;;) {
		struct epoll_event e;
		if (epoll_wait(epoll, &e, 1, -1) < 1)
			continue;
		if (e.data.fd == listener)
			take_connections();
		else
			answer(&r, e.data.fd);
	}
	return NULL;
}

static void work(int threads)
{
	pthread_t t;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		fail("epoll");
	watch(listener, EPOLL_CTL_ADD, EPOLLIN | EPOLLEXCLUSIVE);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&t, NULL, serve, NULL) != 0)
			fail("thread");
	serve(NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int threads = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (threads < 1 || threads > THREADS_MAX || strlen(argv[1]) >= sizeof(at.sun_path)) {
		fprintf(stderr, "usage: constant SOCKET THREADS\n");
		return 2;
	}
	memset(body, ' ', sizeof(body));
	body[0] = '{';
	body[BODY_BYTES - 1] = '}';
	memcpy(at.sun_path, argv[1], strlen(argv[1]) + 1);
	signal(SIGPIPE, SIG_IGN);
	FCGX_Init();
	signal(SIGTERM, SIG_DFL); /* the library would only note it */
	unlink(at.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, BACKLOG) != 0)
		fail(at.sun_path);
	pid_t second = fork();
	if (second < 0)
		fail("fork");
	if (second == 0)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	work(threads);
	return 0;
}
