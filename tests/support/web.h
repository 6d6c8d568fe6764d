/* SPDX-License-Identifier: MIT */
/* web.h - what a browser would do, for tests: asks over HTTP, and speaks WebSocket. */
#ifndef WEB_H
#define WEB_H

#include "net/net.h"
#include "support/client.h"

#include <parley/text.h>

/* A small web client under test_directory(): index.html, a hashed script with .br and .gz, a file
 * of WEB_LARGE bytes, of which the nth is web_byte(n). Static. */
#define WEB_LARGE (300 * 1024)
const char *web_root(void);
char web_byte(size_t n);

/* Writes a file under root; path may name folders, which are made. */
void web_write(const char *root, const char *path, const void *bytes, size_t len);

/* Listeners of the settings below, for net_port. */
enum { WEB_PLAIN, WEB_TLS, WEB_METRICS };

/* rig_config with HTTP on every listener, and web_root(). */
struct net_config web_config(void);

/* rig_setup with that. */
int web_setup(void **state);

/* A client of that listener, with TLS where it needs it. */
struct client *web_dial(int listener);

struct web_answer {
	int status;
	struct parley_text head; /* with LF for CR LF, without the empty line */
	struct parley_text body;
};

/* Reads one answer; bare: it has no body whatever its head says. Aborts when there is none. */
struct web_answer web_read(struct client *c, bool bare);

/* Sends request as it is, and reads the answer. */
struct web_answer web_ask(struct client *c, const char *request);

/* The same with a printed request, which must have that status; and body, unless that is NULL. */
void web_expect(struct client *c, int status, const char *body, const char *request, ...)
    PARLEY_PRINTF(4, 5);

void web_answer_fini(struct web_answer *a);

/* The value of the one field of that name, NULL when there is none. Until the next call. */
const char *web_field(const struct web_answer *a, const char *name);

/* ---- WebSocket ---- */

struct web_frame {
	unsigned first; /* the first byte: FIN, opcode */
	struct parley_text bytes;
};

/* Upgrades c with further header lines, and reads the hello. */
void web_upgrade(struct client *c, const char *fields);

/* Sends a masked frame. first: FIN, reserved bits, opcode. */
void web_frame_send(struct client *c, unsigned first, const void *bytes, size_t len);
void web_text_send(struct client *c, const char *text);

/* The next frame; first is 0 at the end of the stream. */
struct web_frame web_frame_read(struct client *c);
void web_frame_fini(struct web_frame *f);

/* Writes to out what web_frame_send would send. */
void web_frame_put(struct parley_text *out, unsigned first, const void *bytes, size_t len);

#endif
