/* SPDX-License-Identifier: MIT */
/* speak_xmpp.c - XMPP over direct TLS (RFC 6120, 6121; XEP-0045 for rooms, 0077 to sign up, 0199 to
 * ask), with SCRAM-SHA-1 or PLAIN. */
#include "scram.h"
#include "speak.h"
#include "xml.h"

#include "base/base64.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <string.h>

struct speech {
	struct scram scram;
	bool signed_up, authenticated;
};

static struct speech *
speech_of(struct user *u)
{
	if (u->speech == NULL)
		u->speech = xcalloc(1, sizeof(struct speech));
	return u->speech;
}

static void
xmpp_make_accounts(unsigned count)
{
	if (options.sign_up)
		users_enroll();
}

static void
send_header(struct user *u)
{
	wire_printf(&u->wire,
	    "<?xml version='1.0'?><stream:stream to='%s' xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
	    options.domain);
}

static void
xmpp_open(struct user *u)
{
	speech_of(u)->authenticated = false;
	send_header(u);
}

/* ---- logging in --------------------------------------------------------------------------- */

static void
sign_up(struct user *u)
{
	wire_printf(&u->wire,
	    "<iq type='set' id='s'><query xmlns='jabber:iq:register'><username>" USER_NAME
	    "</username><password>%s</password></query></iq>",
	    u->index, options.password);
}

static void
auth_plain(struct user *u)
{
	struct parley_text plain = { 0 }, encoded = { 0 };

	parley_text_putc(&plain, '\0');
	parley_text_printf(&plain, USER_NAME, u->index);
	parley_text_putc(&plain, '\0');
	parley_text_puts(&plain, options.password);
	base64_encode(&encoded, plain.s, plain.len, false);
	wire_printf(&u->wire,
	    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
	    encoded.s);
	parley_text_fini(&plain);
	parley_text_fini(&encoded);
}

static void
auth_scram(struct user *u, struct speech *s)
{
	struct parley_text first = { 0 };
	char name[16];

	snprintf(name, sizeof name, USER_NAME, u->index);
	scram_first(&s->scram, SCRAM_SHA_1, name, &first);
	wire_printf(&u->wire,
	    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>%s</auth>",
	    first.s);
	parley_text_fini(&first);
}

static void
take_features(struct user *u, struct speech *s)
{
	if (s->authenticated)
		wire_printf(&u->wire,
		    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		    "<resource>bench</resource></bind></iq>");
	else if (options.sign_up && !s->signed_up)
		sign_up(u);
	else if (options.login == LOGIN_PLAIN)
		auth_plain(u);
	else
		auth_scram(u, s);
}

static void
take_challenge(struct user *u, struct speech *s, const char *bytes, size_t len)
{
	struct parley_text final = { 0 };
	char challenge[1000];
	size_t size = 0;
	const char *text = xml_text(bytes, len, "challenge", &size);

	if (text == NULL || size >= sizeof challenge)
		load_die("user %u: a challenge that makes no sense", u->index);
	memcpy(challenge, text, size);
	challenge[size] = '\0';
	if (!scram_final(&s->scram, challenge, options.password, &final))
		load_die("user %u: a challenge that makes no sense: %s", u->index, challenge);
	wire_printf(
	    &u->wire, "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</response>", final.s);
	parley_text_fini(&final);
}

static void
take_success(struct user *u, struct speech *s)
{
	s->authenticated = true;
	send_header(u);
}

static void
xmpp_probe(struct user *u)
{
	wire_printf(&u->wire, "<iq type='get' id='q' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
	    options.domain);
}

/* Bound: presence, the roster when a client would want it, and an answer that comes after both. */
static void
settle_in(struct user *u)
{
	if (!load.bare)
		wire_printf(
		    &u->wire, "<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>");
	wire_printf(&u->wire, "<presence/>");
	if (load.bare)
		user_is_ready(u);
	else
		wire_printf(&u->wire,
		    "<iq type='get' id='r' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
		    options.domain);
}

/* ---- stanzas ------------------------------------------------------------------------------ */

/* True when the stanza's own tag has id='c'. */
static bool
has_id(const char *bytes, size_t len, char c)
{
	const char single[] = { 'i', 'd', '=', '\'', c, '\'', '\0' };
	const char twice[] = { 'i', 'd', '=', '"', c, '"', '\0' };
	const char *end = memchr(bytes, '>', len);
	size_t tag = end != NULL ? (size_t)(end - bytes) : len;

	return xml_has(bytes, tag, single) || xml_has(bytes, tag, twice);
}

/* An error in answer to a ping is an answer too. */
static void
take_iq(struct user *u, struct speech *s, const char *bytes, size_t len)
{
	bool error = xml_has(bytes, len, "<error");

	if (has_id(bytes, len, 's')) {
		if (error && !xml_has(bytes, len, "<conflict"))
			load_die("signing up: %.*s", (int)len, bytes);
		s->signed_up = true;
		take_features(u, s);
	} else if (has_id(bytes, len, 'b')) {
		if (error)
			load_die("binding: %.*s", (int)len, bytes);
		settle_in(u);
	} else if (has_id(bytes, len, 'r')) {
		user_is_ready(u);
	} else if (has_id(bytes, len, 'q')) {
		user_is_done(u);
	}
}

/* One's own presence in a room says that one has joined: status 110. */
static void
take_presence(struct user *u, const char *bytes, size_t len)
{
	if (xml_has(bytes, len, "<error"))
		load_die("user %u: %.*s", u->index, (int)len, bytes);
	if (xml_has(bytes, len, "code='110'") || xml_has(bytes, len, "code=\"110\""))
		user_is_done(u);
}

static void
take_message(struct user *u, const char *bytes, size_t len)
{
	size_t size = 0;
	const char *body = xml_text(bytes, len, "body", &size);

	if (xml_has(bytes, len, "<error"))
		load_die("user %u: %.*s", u->index, (int)len, bytes);
	if (body != NULL)
		user_has_message(u, body, size);
}

static void
take_item(struct user *u, const char *bytes, size_t len)
{
	struct speech *s = speech_of(u);

	if (xml_is(bytes, len, "message"))
		take_message(u, bytes, len);
	else if (xml_is(bytes, len, "presence"))
		take_presence(u, bytes, len);
	else if (xml_is(bytes, len, "iq"))
		take_iq(u, s, bytes, len);
	else if (xml_is(bytes, len, "stream:features"))
		take_features(u, s);
	else if (xml_is(bytes, len, "challenge"))
		take_challenge(u, s, bytes, len);
	else if (xml_is(bytes, len, "success"))
		take_success(u, s);
	else if (xml_is(bytes, len, "failure") || xml_is(bytes, len, "stream:error"))
		load_die("user %u: %.*s", u->index, (int)len, bytes);
}

static size_t
xmpp_input(struct user *u, char *bytes, size_t len)
{
	unsigned life = u->wire.life;
	size_t at = 0, used;

	while ((used = xml_cut(bytes + at, len - at)) > 0) {
		take_item(u, bytes + at, used);
		if (u->wire.life != life)
			break;
		at += used;
	}
	return at;
}

/* ---- what users do ------------------------------------------------------------------------ */

static void
xmpp_message(struct user *u, unsigned to, unsigned number, const char *text)
{
	wire_printf(&u->wire,
	    "<message to='" USER_NAME "@%s' type='chat' id='m%u'><body>%s</body></message>", to,
	    options.domain, number, text);
}

static void
xmpp_join(struct user *u, unsigned room)
{
	wire_printf(&u->wire,
	    "<presence to='room%u@%s/" USER_NAME "'><x xmlns='http://jabber.org/protocol/muc'>"
	    "<history maxstanzas='0'/></x></presence>",
	    room, options.rooms, u->index);
}

static void
xmpp_group(struct user *u, unsigned room, unsigned number, const char *text)
{
	wire_printf(&u->wire, "<message to='room%u@%s' type='groupchat'><body>%s</body></message>",
	    room, options.rooms, text);
}

static void
xmpp_goodbye(struct user *u)
{
	wire_printf(&u->wire, "</stream:stream>");
}

const struct speaker speak_xmpp = {
	.name = "xmpp",
	.make_accounts = xmpp_make_accounts,
	.open = xmpp_open,
	.input = xmpp_input,
	.message = xmpp_message,
	.join = xmpp_join,
	.group = xmpp_group,
	.probe = xmpp_probe,
	.goodbye = xmpp_goodbye,
};
