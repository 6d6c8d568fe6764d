/* SPDX-License-Identifier: MIT */
/* speak_mqtt.c - MQTT 3.1.1 at QoS 0: a user listens to the topic u/NUMBER, a room is r/NUMBER. */
#include "speak.h"

#include <stdio.h>
#include <string.h>

enum { CONNECT = 1, CONNACK, PUBLISH, SUBSCRIBE = 8, SUBACK, PINGREQ = 12, PINGRESP, DISCONNECT };

#define FLAG_SUBSCRIBE 2 /* section 3.8.1 */
#define CLEAN_SESSION  2
#define HAS_USER       0x80
#define HAS_PASSWORD   0x40

/* A packet is put together here: one thread. */
static struct {
	uint8_t bytes[4096];
	size_t len;
} packet;

static void
put_bytes(const void *bytes, size_t len)
{
	if (packet.len + len > sizeof packet.bytes)
		load_die("a packet is too long");
	memcpy(packet.bytes + packet.len, bytes, len);
	packet.len += len;
}

static void
put_byte(unsigned byte)
{
	uint8_t b = (uint8_t)byte;

	put_bytes(&b, 1);
}

static void
put_short(size_t n)
{
	put_byte((unsigned)(n >> 8));
	put_byte((unsigned)n & 0xff);
}

static void
put_string(const char *s)
{
	put_short(strlen(s));
	put_bytes(s, strlen(s));
}

/* Sends what was put together, and begins anew. */
static void
send_packet(struct user *u, unsigned type, unsigned flags)
{
	uint8_t head[3] = { (uint8_t)(type << 4 | flags) };
	size_t size = 2;

	head[1] = packet.len & 0x7f;
	if (packet.len > 0x7f) {
		head[1] |= 0x80;
		head[2] = (uint8_t)(packet.len >> 7);
		size = 3;
	}
	wire_write(&u->wire, head, size);
	wire_write(&u->wire, packet.bytes, packet.len);
	packet.len = 0;
}

static void
subscribe(struct user *u, const char *kind, unsigned number)
{
	char topic[20];

	snprintf(topic, sizeof topic, "%s/%u", kind, number);
	put_short(1);
	put_string(topic);
	put_byte(0);
	send_packet(u, SUBSCRIBE, FLAG_SUBSCRIBE);
}

static void
publish(struct user *u, const char *kind, unsigned number, const char *text)
{
	char topic[20];

	snprintf(topic, sizeof topic, "%s/%u", kind, number);
	put_string(topic);
	put_bytes(text, strlen(text));
	send_packet(u, PUBLISH, 0);
}

static void
mqtt_open(struct user *u)
{
	char name[16];

	snprintf(name, sizeof name, USER_NAME, u->index);
	put_string("MQTT");
	put_byte(4); /* version 3.1.1 */
	put_byte(CLEAN_SESSION | HAS_USER | HAS_PASSWORD);
	put_short(0); /* no keep-alive */
	put_string(name);
	put_string(name);
	put_string(options.password);
	send_packet(u, CONNECT, 0);
}

static void
take_publish(struct user *u, const uint8_t *body, size_t len)
{
	size_t topic = len >= 2 ? (size_t)body[0] << 8 | body[1] : len;

	if (len < topic + 2)
		load_die("user %u got a packet that makes no sense", u->index);
	user_has_message(u, (const char *)body + 2 + topic, len - 2 - topic);
}

static void
take_packet(struct user *u, unsigned type, const uint8_t *body, size_t len)
{
	switch (type) {
	case CONNACK:
		if (len < 2 || body[1] != 0)
			load_die("user %u cannot log in", u->index);
		subscribe(u, "u", u->index);
		break;
	case SUBACK:
		if (u->stage == USER_CONNECTING)
			user_is_ready(u);
		else
			user_is_done(u);
		break;
	case PINGRESP:
		user_is_done(u);
		break;
	case PUBLISH:
		take_publish(u, body, len);
		break;
	default:
		load_die("user %u got a packet of type %u", u->index, type);
	}
}

/* The length of the head of a packet and of what follows; 0: not complete. */
static size_t
head_length(const uint8_t *b, size_t len, size_t *body)
{
	*body = 0;
	for (size_t i = 1; i < len && i < 5; i++) {
		*body |= (size_t)(b[i] & 0x7f) << (7 * (i - 1));
		if ((b[i] & 0x80) == 0)
			return i + 1;
	}
	return 0;
}

static size_t
mqtt_input(struct user *u, char *bytes, size_t len)
{
	unsigned life = u->wire.life;
	size_t at = 0;

	while (at < len) {
		const uint8_t *b = (const uint8_t *)bytes + at;
		size_t body, head = head_length(b, len - at, &body);

		if (head == 0 || len - at < head + body)
			break;
		take_packet(u, b[0] >> 4, b + head, body);
		if (u->wire.life != life)
			break;
		at += head + body;
	}
	return at;
}

static void
mqtt_message(struct user *u, unsigned to, unsigned number, const char *text)
{
	publish(u, "u", to, text);
}

static void
mqtt_join(struct user *u, unsigned room)
{
	subscribe(u, "r", room);
}

static void
mqtt_group(struct user *u, unsigned room, unsigned number, const char *text)
{
	publish(u, "r", room, text);
}

static void
mqtt_probe(struct user *u)
{
	send_packet(u, PINGREQ, 0);
}

static void
mqtt_goodbye(struct user *u)
{
	send_packet(u, DISCONNECT, 0);
}

const struct speaker speak_mqtt = {
	.name = "mqtt",
	.open = mqtt_open,
	.input = mqtt_input,
	.message = mqtt_message,
	.join = mqtt_join,
	.group = mqtt_group,
	.probe = mqtt_probe,
	.goodbye = mqtt_goodbye,
};
