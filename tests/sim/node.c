/* SPDX-License-Identifier: MIT */
/* node.c - the lives of nodes: each has a copy of the shared object that the node is, and threads
 * that nobody lets on any more when it is killed. */
#include "support/test.h"

#include "sim/sim.h"

#include <dlfcn.h>
#include <limits.h>
#include <parley/error.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEGINNING 1800000000000 /* ms since 1970 */

/* From the network, and waiting for the node. */
struct input {
	struct sim_input what;
	char *frame;
	struct input *next;
};

struct life {
	struct world *world;
	struct sim_host host;
	sim_image_fn *run;
	char config[192];
	const void *base; /* of its loop, once it is up */
	struct input *first, *last;
	char *taken; /* the frame of the input that was taken last */
};

/* ---- what a life gets from the simulation ------------------------------------------------- */

static int64_t
host_wall(struct life *life)
{
	return BEGINNING + sim_now() / 1000 + life->world->skew;
}

static int64_t
host_monotonic(struct life *life)
{
	return 1000000 + sim_now() / 1000;
}

static void
host_random(struct life *life, void *out, size_t len)
{
	unsigned char *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)chance_below(life->world, 256);
}

uint64_t
life_chance(struct life *life, uint64_t n)
{
	return chance_below(life->world, n);
}

static void
host_ready(struct life *life, const void *base)
{
	trace(life->world, "node up");
	life->base = base;
}

static bool
host_take(struct life *life, struct sim_input *out)
{
	struct input *in = life->first;

	free(life->taken);
	life->taken = NULL;
	if (in == NULL)
		return false;
	life->first = in->next;
	life->taken = in->frame;
	*out = in->what;
	out->frame = in->frame;
	free(in);
	return true;
}

static void
host_hear(struct life *life, conn_id conn, const char *frame)
{
	network_hear(life->world, conn, frame);
}

static void
end_life(struct world *w)
{
	threads_abandon(w->life);
	w->life = NULL;
	network_lose_all(w);
}

static void __attribute__((noreturn)) host_exit(struct life *life, int status)
{
	struct world *w = life->world;
	bool was_up = node_is_up(w);

	trace(w, "node ended, %d", status);
	end_life(w);
	trouble_node_ended(w, status, was_up);
	thread_vanish();
}

static const struct sim_host usual_host = {
	.disk = "faulty",
	.now = sim_now,
	.wall = host_wall,
	.monotonic = host_monotonic,
	.random = host_random,
	.below = life_chance,
	.thread_create = thread_create,
	.thread_join = thread_join,
	.wait = thread_wait,
	.wake = thread_wake,
	.pause = thread_pause,
	.ready = host_ready,
	.take = host_take,
	.hear = host_hear,
	.exit = host_exit,
};

/* ---- beginning ---------------------------------------------------------------------------- */

static void
write_config(const struct life *life, const char *folder)
{
	char schemas[PATH_MAX];
	FILE *f = fopen(life->config, "we");

	parley_assert(f != NULL);
	if (realpath(getenv("srcdir") != NULL ? getenv("srcdir") : ".", schemas) == NULL)
		fail_msg("srcdir must name the folder of the sources");
	fprintf(f,
	    "node {\ndomain = \"%s\"\ndata = \"%s\"\nlog = \"error\"\nschemas = \"%s/schemas\"\n"
	    "modules = \"roster presence history groups offline\"\nmodule_path = \"/modules\"\n}\n"
	    "listen control {\npath = \"/nowhere\"\n}\nweb {\nroot = \"\"\n}\n"
	    "accounts {\nscrypt_log_n = 4\nscrypt_threads = 1\n}\n"
	    "session {\nresume_seconds = 1\nresume_frames = 60\n}\n"
	    "limits {\nmessages_second = 0\npresence_minute = 0\n}\n"
	    "store {\nreaders = 2\nwrite_queue = 64\nbatch = 16\n}\n"
	    "runtime {\nfibers = 256\nworkers = 2\n}\n"
	    "module history {\nedit_window = 315360000\ndelete_window = 315360000\n}\n",
	    life->world->domain, folder, schemas);
	fclose(f);
}

/* New: a copy that the dynamic loader has not seen yet. */
static sim_image_fn *
load_image(unsigned number)
{
	char path[192];
	void *handle, *symbol;
	sim_image_fn *run;

	snprintf(path, sizeof path, "%s/node-%u.so", sim_folder(), number);
	copy_file(sim_node_file(), path);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		fail_msg("%s", dlerror());
	unlink(path);
	symbol = dlsym(handle, "sim_image");
	parley_assert(symbol != NULL);
	memcpy(&run, &symbol, sizeof run);
	return run;
}

static void *
live(void *arg)
{
	struct life *life = arg;

	life->run(&life->host);
	return NULL;
}

void
node_start(struct world *w)
{
	static unsigned numbers;
	struct life *life = calloc(1, sizeof *life);
	pthread_t thread;

	parley_assert(life != NULL && w->life == NULL);
	life->world = w;
	life->host = usual_host;
	life->host.life = life;
	life->host.number = numbers++;
	life->host.plant = w->plant;
	life->host.config = life->config;
	snprintf(life->config, sizeof life->config, "%s/parley.conf", disk_folder(w->disk));
	write_config(life, disk_folder(w->disk));
	life->run = load_image(life->host.number);
	w->life = life;
	w->lives++;
	trace(w, "node begins");
	parley_assert(thread_create(life, &thread, NULL, live, life) == 0);
}

bool
node_is_up(const struct world *w)
{
	return w->life != NULL && w->life->base != NULL;
}

/* ---- ending ------------------------------------------------------------------------------- */

void
node_stop(struct world *w)
{
	if (node_is_up(w))
		node_input(w, SIM_STOP, 0, false, NULL);
}

void
node_kill(struct world *w, bool power)
{
	trace(w, "node killed, power %d", power);
	end_life(w);
	disk_crash(w->disk, power);
	w->kills++;
}

/* ---- the network --------------------------------------------------------------------------- */

void
node_input(struct world *w, enum sim_input_kind kind, conn_id conn, bool control, char *frame)
{
	struct life *life = w->life;
	struct input *in = calloc(1, sizeof *in);

	parley_assert(in != NULL && node_is_up(w));
	*in = (struct input){ { kind, conn, control, NULL }, frame, NULL };
	*(life->first != NULL ? &life->last->next : &life->first) = in;
	life->last = in;
	thread_wake(life, life->base, true, 100);
}
