/* SPDX-License-Identifier: MIT */
/* address.c - who and where: user@domain/device. */
#include <parley/address.h>

#include <parley/text.h>
#include <string.h>

#define LABEL_MAX 63

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
name_bytes_valid(const char *name, size_t len)
{
	if (len < PARLEY_NAME_MIN || len > PARLEY_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(name[i]) && name[i] != '_')
			return false;
	return true;
}

bool
parley_name_valid(const char *name)
{
	return name_bytes_valid(name, strnlen(name, PARLEY_NAME_MAX + 1));
}

static bool
device_valid(const char *device, size_t len)
{
	if (len < 1 || len > PARLEY_DEVICE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(device[i]) && device[i] != '_' && device[i] != '-')
			return false;
	return true;
}

static bool
label_valid(const char *label, size_t len)
{
	if (len < 1 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(label[i]) && label[i] != '-')
			return false;
	return true;
}

static bool
all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]))
			return false;
	return true;
}

static bool
domain_valid(const char *domain, size_t len)
{
	const char *label = domain, *end = domain + len;
	int labels = 1;

	if (len < 1 || len > PARLEY_DOMAIN_MAX)
		return false;
	for (const char *p = domain; p < end; p++) {
		if (*p != '.')
			continue;
		if (!label_valid(label, (size_t)(p - label)))
			return false;
		label = p + 1;
		labels++;
	}
	/* No top-level domain is a number: what ends in one is an IPv4 address (RFC 1123, 2.1). */
	if (!label_valid(label, (size_t)(end - label)) || all_digits(label, (size_t)(end - label)))
		return false;
	return labels > 1 || (len == 9 && strncasecmp(domain, "localhost", 9) == 0);
}

int
parley_address_parse(const char *text, struct parley_address *out, struct parley_error *err)
{
	const char *at = strchr(text, '@'), *domain = at != NULL ? at + 1 : text;
	const char *slash = at != NULL ? strchr(domain, '/') : NULL;
	size_t domain_len = slash != NULL ? (size_t)(slash - domain) : strlen(domain);
	size_t device_len = slash != NULL ? strlen(slash + 1) : 0;

	if (at != NULL && !name_bytes_valid(text, (size_t)(at - text)))
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL,
		    "the name before @ must be %d to %d letters, digits or underscores",
		    PARLEY_NAME_MIN, PARLEY_NAME_MAX);
	if (!domain_valid(domain, domain_len))
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL,
		    "the domain of an address must be a host name such as chat.example");
	if (slash != NULL && !device_valid(slash + 1, device_len))
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL,
		    "the device after / must be 1 to %d letters, digits, hyphens or underscores",
		    PARLEY_DEVICE_MAX);
	parley_ascii_lower(out->name, text, at != NULL ? (size_t)(at - text) : 0);
	parley_ascii_lower(out->domain, domain, domain_len);
	memcpy(out->device, slash != NULL ? slash + 1 : "", device_len + 1);
	return 0;
}

/* Appends to out as far as there is room, and counts what there is in all. */
struct format {
	char *out;
	size_t size, len;
};

static void
format_add(struct format *f, const char *s, size_t len)
{
	if (f->len < f->size)
		memcpy(f->out + f->len, s, len < f->size - f->len ? len : f->size - f->len);
	f->len += len;
}

size_t
parley_address_format(const struct parley_address *address, bool device, char *out, size_t size)
{
	struct format f = { .out = out, .size = size };

	if (address->name[0] != '\0') {
		format_add(&f, address->name, strlen(address->name));
		format_add(&f, "@", 1);
	}
	format_add(&f, address->domain, strlen(address->domain));
	if (device && address->device[0] != '\0') {
		format_add(&f, "/", 1);
		format_add(&f, address->device, strlen(address->device));
	}
	if (size > 0)
		out[f.len < size ? f.len : size - 1] = '\0';
	return f.len;
}
