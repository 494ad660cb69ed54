/* SPDX-License-Identifier: Apache-2.0
 * A socket in front of the server that loses one answer, or falls silent. */
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { COM_STMT_EXECUTE = 0x17, PACKET_HEADER = 4, CLIENTS_MAX = 16 };

struct proxy {
	char dir[64], socket[96], options[96], server[108];
	const char *trigger;
	int listener;
	pthread_t thread;
	atomic_bool armed, frozen, ending;
	atomic_int cuts;
};

struct link {
	struct proxy *p;
	int client, server;
};

static int connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool triggers(struct proxy *p, const char *data, size_t n)
{
	if (!atomic_load(&p->armed) || n <= PACKET_HEADER)
		return false;
	if (p->trigger)
		return memmem(data, n, p->trigger, strlen(p->trigger)) != NULL;
	return data[PACKET_HEADER] == COM_STMT_EXECUTE;
}

/* Passes what is there from one side to the other; false at the end of the link. */
static bool pass(struct link *l, int from, int to)
{
	char data[16384];
	ssize_t n = read(from, data, sizeof(data));

	if (n <= 0 || write(to, data, (size_t)n) != n)
		return false;
	if (from != l->client || !triggers(l->p, data, (size_t)n))
		return true;
	/* The answer shows that the server has done it; nobody else gets to see it. */
	n = read(l->server, data, sizeof(data));
	atomic_store(&l->p->armed, false);
	atomic_fetch_add(&l->p->cuts, n > 0);
	return false;
}

static void *serve(void *arg)
{
	struct proxy *p = arg;
	struct link links[CLIENTS_MAX];
	size_t n = 0;

	while (!atomic_load(&p->ending)) {
		if (atomic_load(&p->frozen)) {
			/* As under SIGSTOP: the kernel still takes connections and bytes, nobody reads them. */
			(void)poll(NULL, 0, 5);
			continue;
		}
		struct pollfd fds[1 + 2 * CLIENTS_MAX] = { { .fd = p->listener, .events = POLLIN } };
		for (size_t i = 0; i < n; i++) {
			fds[1 + 2 * i] = (struct pollfd){ .fd = links[i].client, .events = POLLIN };
			fds[2 + 2 * i] = (struct pollfd){ .fd = links[i].server, .events = POLLIN };
		}
		if (poll(fds, 1 + 2 * n, 20) <= 0)
			continue;
		for (size_t i = n; i-- > 0;) {
			struct link *l = &links[i];
			if ((!fds[1 + 2 * i].revents || pass(l, l->client, l->server)) &&
			    (!fds[2 + 2 * i].revents || pass(l, l->server, l->client)))
				continue;
			close(l->client);
			close(l->server);
			*l = links[--n];
		}
		if (fds[0].revents && n < CLIENTS_MAX) {
			struct link l = { p, accept(p->listener, NULL, NULL), connect_to(p->server) };
			links[n++] = l;
		}
	}
	while (n > 0) {
		close(links[--n].client);
		close(links[n].server);
	}
	return NULL;
}

/* Copies the option file with another socket in it. */
static void write_options(struct proxy *p)
{
	FILE *in = fopen(harness_option_file(), "r"), *out = fopen(p->options, "w");
	char line[256];

	assert_non_null(in);
	assert_non_null(out);
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "socket = %107s", p->server) == 1)
			fprintf(out, "socket = %s\n", p->socket);
		else
			fputs(line, out);
	}
	fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_true(p->server[0]);
}

struct proxy *proxy_new(const char *trigger)
{
	struct proxy *p = calloc(1, sizeof(*p));
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	assert_non_null(p);
	p->trigger = trigger;
	snprintf(p->dir, sizeof(p->dir), "/tmp/ziara-proxy-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->socket, sizeof(p->socket), "%s/socket", p->dir);
	snprintf(p->options, sizeof(p->options), "%s/options.cnf", p->dir);
	write_options(p);
	memcpy(sa.sun_path, p->socket, strlen(p->socket) + 1);
	p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
	return p;
}

const char *proxy_option_file(const struct proxy *p)
{
	return p->options;
}

void proxy_arm(struct proxy *p)
{
	atomic_store(&p->armed, true);
}

void proxy_freeze(struct proxy *p, bool frozen)
{
	atomic_store(&p->frozen, frozen);
}

int proxy_end(struct proxy *p)
{
	atomic_store(&p->ending, true);
	pthread_join(p->thread, NULL);
	int cuts = atomic_load(&p->cuts);
	close(p->listener);
	unlink(p->socket);
	unlink(p->options);
	rmdir(p->dir);
	free(p);
	return cuts;
}
