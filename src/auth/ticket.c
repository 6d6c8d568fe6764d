/* SPDX-License-Identifier: MIT */
/* ticket.c - what a browser exchanges for its cookie. */
#include "auth/ticket.h"

#include "base/base64.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <parley/await.h>
#include <stdio.h>
#include <string.h>

#define TICKETS      1024
#define TICKET_BYTES 16
#define TICKET_LIFE  60000 /* ms */

struct ticket {
	uint8_t bytes[TICKET_BYTES];
	int64_t until; /* monotonic; 0: free */
	char cookie[DEVICE_COOKIE_SIZE];
};

/* A ring: next is the oldest. */
static struct ticket tickets[TICKETS];
static unsigned next;
static uint64_t dropped;

/* What has run out holds a token that nobody will fetch. */
static void
sweep(void)
{
	int64_t now = parley_monotonic();

	for (unsigned i = 0; i < TICKETS; i++)
		if (tickets[i].until != 0 && tickets[i].until <= now)
			OPENSSL_cleanse(&tickets[i], sizeof tickets[i]);
}

void
ticket_make(const char *cookie, char ticket[TICKET_SIZE])
{
	struct ticket *t = &tickets[next];
	struct parley_text text = { 0 };

	sweep();
	dropped += t->until != 0;
	next = (next + 1) % TICKETS;
	random_bytes(t->bytes, sizeof t->bytes);
	t->until = parley_monotonic() + TICKET_LIFE;
	snprintf(t->cookie, sizeof t->cookie, "%s", cookie);

	base64_encode(&text, t->bytes, sizeof t->bytes, true);
	parley_assert(text.len == TICKET_SIZE - 1);
	memcpy(ticket, text.s, TICKET_SIZE);
	OPENSSL_cleanse(text.s, text.len);
	parley_text_fini(&text);
}

/* The ticket with these bytes, or NULL. Compares with all of them, whichever it is. */
static struct ticket *
find(const uint8_t bytes[TICKET_BYTES])
{
	struct ticket *found = NULL;

	for (unsigned i = 0; i < TICKETS; i++)
		if (CRYPTO_memcmp(tickets[i].bytes, bytes, TICKET_BYTES) == 0 &&
		    tickets[i].until != 0)
			found = &tickets[i];
	return found;
}

int
ticket_take(const char *ticket, char cookie[DEVICE_COOKIE_SIZE])
{
	struct parley_text bytes = { 0 };
	struct ticket *t = NULL;

	sweep();
	if (strlen(ticket) == TICKET_SIZE - 1 &&
	    base64_decode(&bytes, ticket, TICKET_SIZE - 1, true) == 0)
		t = find((const uint8_t *)bytes.s);
	parley_text_fini(&bytes);
	if (t == NULL)
		return -1;
	memcpy(cookie, t->cookie, DEVICE_COOKIE_SIZE);
	OPENSSL_cleanse(t, sizeof *t);
	return 0;
}

struct ticket_stats
ticket_stats(void)
{
	struct ticket_stats s = { .waiting_max = TICKETS, .dropped = dropped };

	for (unsigned i = 0; i < TICKETS; i++)
		s.waiting += tickets[i].until > parley_monotonic();
	return s;
}

void
ticket_stop(void)
{
	OPENSSL_cleanse(tickets, sizeof tickets);
	next = 0;
}
