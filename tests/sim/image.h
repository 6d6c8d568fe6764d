/* SPDX-License-Identifier: MIT */
/* image.h - the seam between the simulation and a node in it. A node is a shared object of its own,
 * loaded anew for each of its lives, so that nodes share no state with one another, nor a life with
 * the one before: what is left when one is killed are its files. It has the real core, modules and
 * store; what they take from the world (time, chance, threads, files, the network) they get
 * through here. */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include "net/stanza.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Faults that are planted, to see that they are found. */
enum plant {
	PLANT_NOTHING,
	PLANT_ACKS_EARLY,    /* what is not on the disk yet is acknowledged */
	PLANT_LOSES_COMMITS, /* the store says that it has committed, and has not */
	PLANT_FORGETS_IDS,   /* a retry is stored again */
	PLANT_SKIPS_REPLAY,  /* resuming leaves out a frame */
	PLANT_SKIPS_MISSED,  /* what a device has missed is not told in full */
	PLANT_TELLS_TWICE,   /* a frame is sent twice */
	PLANT_SWAPS,         /* two frames change places */
	PLANT_LEAKS,         /* a frame goes to a client of the other node */
	PLANT_LOSES_EDITS,   /* edits are told, and not stored in the message */
	PLANT_LOSES_DELETIONS,
	PLANT_KEEPS_GONE, /* who has left a group is not noted as gone */
	PLANT_COUNT
};

/* One life of a node; the simulation's. */
struct life;

/* What happens to the node on its network. Connections are numbered from 1 in each life. */
enum sim_input_kind { SIM_CONNECT, SIM_FRAME, SIM_LOST, SIM_STOP };
struct sim_input {
	enum sim_input_kind kind;
	conn_id conn;
	bool control;      /* SIM_CONNECT: an operator's */
	const char *frame; /* until the next is taken */
};

/* What the simulation does for a life. All of it from a thread that the simulation lets run. */
struct sim_host {
	struct life *life;
	const char *config; /* the path of its configuration */
	const char *disk;   /* the file system of SQLite for its files */
	unsigned number;    /* of the life: no other in the process has it */
	enum plant plant;

	int64_t (*now)(void);                /* µs of virtual time */
	int64_t (*wall)(struct life *);      /* ms since 1970, as the node's clock has it */
	int64_t (*monotonic)(struct life *); /* ms */
	void (*random)(struct life *, void *out, size_t len);
	uint64_t (*below)(struct life *, uint64_t n);
	void (*trace)(struct life *, const char *line);

	int (*thread_create)(struct life *, pthread_t *thread, const pthread_attr_t *attr,
	    void *(*fn)(void *arg), void *arg);
	int (*thread_join)(pthread_t thread, void **result);
	/* Until wake is called for this, or it is that time; others run meanwhile. */
	void (*wait)(const void *on, int64_t until);
	/* One that waits, or all, goes on within so many µs. */
	void (*wake)(struct life *, const void *on, bool all, int64_t within);
	void (*pause)(int64_t us);

	void (*ready)(struct life *, const void *base);     /* which waits for inputs from now on */
	bool (*take)(struct life *, struct sim_input *out); /* false: there is none */
	void (*hear)(struct life *, conn_id, const char *frame); /* frame NULL: the end */
	void (*exit)(struct life *, int status) __attribute__((noreturn));
};

/* What the shared object shows: runs a node to its end. */
typedef void sim_image_fn(const struct sim_host *host);
sim_image_fn sim_image;

/* ---- within the image ---------------------------------------------------------------------- */

extern const struct sim_host *host; /* image.c */

/* Takes what the network has for the node; false: nothing. image_net.c */
bool image_take_inputs(void);

bool image_once_in(unsigned n); /* image.c */

#endif
