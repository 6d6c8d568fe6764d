/* SPDX-License-Identifier: MIT */
/* retention.c - parleyctl retention: how long messages are kept, and how much there is. */
#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_MAX 36500

/* A whole number from 0 to max, or -1. */
static int
number(const char *text, int max)
{
	char *end;
	long n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	n = strtol(text, &end, 10);
	return *end == '\0' && n <= max ? (int)n : -1;
}

/* "node, 30 days from 2026-11-22T10:00:00.123Z on" */
static void
print_rule(const char *title, const struct parley_json *rule)
{
	int64_t days = parley_json_int(parley_json_get(rule, "days"), 0);
	const char *starts = parley_json_string(parley_json_get(rule, "starts"));

	printf("%-24s  ", title);
	if (days == 0)
		printf("for ever");
	else
		printf("%" PRId64 " day%s", days, days == 1 ? "" : "s");
	if (starts != NULL)
		printf("; nothing is removed by that before %.10s %.8sZ", starts, starts + 11);
	putchar('\n');
}

static void
print_sizes(const struct parley_json *result)
{
	static const struct ctl_column members[] = {
		{ "measured", "measured", CTL_TIME },
		{ "chats", "chats", CTL_COUNT },
		{ "messages and changes", "messages", CTL_COUNT },
		{ "  bytes, about", "bytes", CTL_BYTES },
		{ "  the oldest", "oldest", CTL_TIME },
		{ 0 },
	};
	static const struct ctl_column older[] = { { "OLDER THAN DAYS", "days", CTL_COUNT },
		{ "MESSAGES", "messages", CTL_COUNT }, { "BYTES", "bytes", CTL_BYTES }, { 0 } };
	static const struct ctl_column largest[] = { { "LARGEST CHATS", "chat", CTL_TEXT },
		{ "MESSAGES", "messages", CTL_COUNT }, { "BYTES", "bytes", CTL_BYTES },
		{ "OLDEST", "oldest", CTL_TIME }, { "KEPT DAYS", "days", CTL_DAYS },
		{ "BY", "by", CTL_TEXT }, { 0 } };

	if (parley_json_get(result, "measured") == NULL) {
		puts("nothing is measured yet: the node does so soon after its start");
		return;
	}
	ctl_print_members(result, members);
	puts("\nA rule of so many days would remove, about:");
	ctl_print_table(parley_json_get(result, "older"), older, 0);
	putchar('\n');
	ctl_print_table(parley_json_get(result, "largest"), largest, 0);
}

static void
print_status(const struct parley_json *result)
{
	static const struct ctl_column disk[] = {
		{ "removed since the start", "removed", CTL_COUNT },
		{ "data folder", "disk_used", CTL_BYTES },
		{ "free on its disk", "disk_free", CTL_BYTES },
		{ 0 },
	};
	static const struct ctl_column ruled[] = { { "CHATS WITH A RULE", "chat", CTL_TEXT },
		{ "KEPT DAYS", "days", CTL_DAYS }, { "BY", "by", CTL_TEXT },
		{ "STARTS", "starts", CTL_TIME }, { 0 } };

	print_rule("chats of two are kept", parley_json_get(result, "direct"));
	print_rule("groups are kept", parley_json_get(result, "group"));
	if (parley_json_bool(parley_json_get(result, "held"), false))
		puts("NOTHING IS REMOVED for a day, since the clock has jumped; when it is right: "
		     "parleyctl retention run");
	ctl_print_members(result, disk);
	putchar('\n');
	print_sizes(result);
	if (parley_json_len(parley_json_get(result, "ruled")) > 0) {
		putchar('\n');
		ctl_print_table(parley_json_get(result, "ruled"), ruled, 0);
	}
}

int
ctl_retention_status(struct ctl *ctl, int argc, char **argv)
{
	const struct parley_json *result;
	struct parley_text params = { 0 };
	struct parley_writer w;
	int status, largest = 10;

	if (argc == 2 && strcmp(argv[0], "--largest") == 0)
		largest = number(argv[1], 50);
	else if (argc > 0)
		largest = -1;
	if (largest < 0)
		return ctl_usage(
		    "retention status takes --largest with a number up to 50, or nothing");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "largest", largest);
	parley_put_end(&w);
	result = ctl_call(ctl, "retention.status", &params, &status);
	parley_text_fini(&params);
	if (result != NULL && !ctl->json)
		print_status(result);
	return status;
}

/* What the arguments before the chat say: days, or -1 for none of its own; -2: wrong. */
static int
days_of(int argc, char **argv)
{
	int days;

	if (argc == 2 && strcmp(argv[0], "--forever") == 0)
		return 0;
	if (argc == 2 && strcmp(argv[0], "--default") == 0)
		return -1;
	days = argc == 3 && strcmp(argv[0], "--days") == 0 ? number(argv[1], DAYS_MAX) : -1;
	return days > 0 ? days : -2;
}

int
ctl_retention_set(struct ctl *ctl, int argc, char **argv)
{
	const struct parley_json *result;
	struct parley_text params = { 0 };
	struct parley_writer w;
	int status, days = days_of(argc, argv);

	if (days == -2 || !parley_utf8_valid(argv[argc - 1], strlen(argv[argc - 1])))
		return ctl_usage("retention set takes --days NUMBER, --forever or --default, and a "
				 "chat: alice+bob, or the address of a group");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "chat", argv[argc - 1]);
	if (days >= 0)
		parley_put_int(&w, "days", days);
	parley_put_end(&w);
	result = ctl_call(ctl, "retention.set", &params, &status);
	parley_text_fini(&params);
	if (result != NULL && !ctl->json)
		print_rule("its messages are kept", parley_json_get(result, "keep"));
	return status;
}

int
ctl_retention_run(struct ctl *ctl, int argc, char **argv)
{
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("retention run takes no arguments");
	result = ctl_call(ctl, "retention.run", NULL, &status);
	if (result != NULL && !ctl->json)
		puts("all chats are looked at; see parleyctl retention status");
	return status;
}
