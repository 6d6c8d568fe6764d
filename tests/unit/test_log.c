/* SPDX-License-Identifier: MIT */
/* test_log.c - log lines are JSON, bounded, and never wait for their reader. */
#include "support/test.h"

#include "base/log.h"
#include "base/log_line.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME "{\"time\":\"2026-01-02T03:04:05.006Z\""

static struct log_context context;

static void
context_fill(struct log_context *out)
{
	*out = context;
}

/* The line without its time, NUL-terminated; "" when it does not begin with one. */
static const char *
after_time(struct log_line *l)
{
	l->s[l->len < sizeof l->s ? l->len : sizeof l->s - 1] = '\0';
	return strncmp(l->s, "{\"time\":\"20", 11) == 0 ? l->s + strlen(TIME) : "";
}

static const char *
build(struct log_line *l, const char *msg)
{
	log_line_build(l, PARLEY_LOG_WARN, "tls", &context, msg);
	return after_time(l);
}

/* Everything that can be read from fd until its end, or, when open, until nothing comes. */
static char *
read_all(int fd, bool open)
{
	size_t cap = 4 * 1024 * 1024, len = 0;
	char *s = malloc(cap + 1);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 1;

	while (n > 0 && len < cap && (!open || poll(&p, 1, 0) > 0)) {
		n = read(fd, s + len, cap - len);
		if (n > 0)
			len += (size_t)n;
	}
	s[len] = '\0';
	return s;
}

static unsigned
count_lines(const char *s, const char *ending)
{
	unsigned n = 0;

	for (const char *end; (end = strchr(s, '\n')) != NULL; s = end + 1)
		if (strncmp(s, "{\"time\":\"", 9) == 0 &&
		    strncmp(end + 1 - strlen(ending), ending, strlen(ending)) == 0)
			n++;
	return n;
}

static void
log_level_names_are_known(void **state)
{
	assert_int_equal(log_level_find("error"), PARLEY_LOG_ERROR);
	assert_int_equal(log_level_find("debug"), PARLEY_LOG_DEBUG);
	assert_int_equal(log_level_find("loud"), -1);
}

static void
a_line_has_level_area_and_message(void **state)
{
	struct log_line l;

	assert_string_equal(build(&l, "certificate expires, days=3"),
	    ",\"level\":\"warn\",\"area\":\"tls\",\"msg\":\"certificate expires, days=3\"}\n");
}

static void
a_line_says_whose_fiber_wrote_it(void **state)
{
	struct log_line l;

	context = (struct log_context){ "roster", "c-1", UINT64_MAX };
	assert_string_equal(build(&l, "slow"),
	    ",\"level\":\"warn\",\"area\":\"tls\",\"module\":\"roster\","
	    "\"session\":\"18446744073709551615\",\"stanza\":\"c-1\",\"msg\":\"slow\"}\n");
	context = (struct log_context){ 0 };
}

static void
dates_are_those_of_the_calendar(void **state)
{
	static const struct {
		time_t at;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.007Z" },
		{ 951782399, "2000-02-28T23:59:59.007Z" },
		{ 951782400, "2000-02-29T00:00:00.007Z" },
		{ 951868800, "2000-03-01T00:00:00.007Z" },
		{ 1798761599, "2026-12-31T23:59:59.007Z" },
		{ 4107542400, "2100-03-01T00:00:00.007Z" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct log_line l = { .len = 0 };

		log_line_time(&l, (struct timespec){ cases[i].at, 7999999 });
		l.s[l.len] = '\0';
		assert_string_equal(l.s, cases[i].text);
	}
}

static void
t82_a_peers_text_cannot_end_the_line_or_the_string(void **state)
{
	struct log_line l;
	const char *rest = build(&l, "\"\\\n\t\x7f\x1b[31m");

	assert_non_null(strstr(rest, "\"msg\":\"\\\"\\\\\\n\\u0009\\u007f\\u001b[31m\"}\n"));
}

static void
bytes_that_are_not_utf8_are_replaced(void **state)
{
	struct log_line l;

	assert_non_null(strstr(build(&l, "a\xff z"), "\"a\\ufffd z\""));
	assert_non_null(strstr(build(&l, "\xc0\xaf"), "\"\\ufffd\\ufffd\""));
	assert_non_null(strstr(build(&l, "\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""));
	assert_non_null(strstr(build(&l, "\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\""));
	assert_non_null(strstr(build(&l, "\xe2\x82"), "\"\\ufffd\\ufffd\""));
	assert_non_null(strstr(build(&l, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
	    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""));
}

static void
t81_t82_characters_that_turn_text_around_are_escaped(void **state)
{
	struct log_line l;

	assert_non_null(strstr(build(&l, "\xe2\x80\xae"), "\"\\u202e\""));
	assert_non_null(strstr(build(&l, "\xe2\x81\xa7"), "\"\\u2067\""));
	assert_non_null(strstr(build(&l, "\xc2\x9b"), "\"\\u009b\""));
}

static void
t82_a_long_message_is_cut_and_the_line_stays_whole(void **state)
{
	static const char *const fills[] = { "x", "\x01", "\xc3\xbc", "\"" };

	for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++) {
		char msg[3 * LOG_LINE_MAX] = "";
		struct log_line l;

		while (strlen(msg) < sizeof msg - 8)
			strcat(msg, fills[i]);
		build(&l, msg);
		assert_in_range(l.len, LOG_LINE_MAX / 2, LOG_LINE_MAX);
		assert_memory_equal(l.s + l.len - 6, "...\"}\n", 6);
	}
}

static void
a_long_stanza_id_leaves_room_for_the_message(void **state)
{
	char id[LOG_LINE_MAX];
	struct log_line l;

	memset(id, 'i', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	context.stanza = id;
	assert_non_null(strstr(build(&l, "here"), "iii...\",\"msg\":\"here\"}\n"));
	context.stanza = NULL;
}

struct pipe_ends {
	int in, out;
};

static int
open_pipe(void **state)
{
	static struct pipe_ends ends;
	int fds[2];

	if (pipe(fds) != 0)
		return -1;
	ends = (struct pipe_ends){ fds[0], fds[1] };
	*state = &ends;
	return 0;
}

static int
close_pipe(void **state)
{
	struct pipe_ends *ends = *state;

	close(ends->in);
	close(ends->out);
	log_set_level(PARLEY_LOG_INFO);
	return 0;
}

static void
stopping_writes_what_waits(void **state)
{
	struct pipe_ends *ends = *state;
	char *text;

	assert_int_equal(log_start(ends->out), 0);
	for (int i = 0; i < 100; i++)
		parley_log_info("test", "line %d", i);
	log_stop();

	text = read_all(ends->in, true);
	assert_int_equal(count_lines(text, "\"}\n"), 100);
	assert_true(strstr(text, "line 7\"") < strstr(text, "line 8\""));
	assert_int_equal(log_stats().queued, 0);
	free(text);
}

static void
lines_above_the_level_are_not_written(void **state)
{
	struct pipe_ends *ends = *state;
	char *text;

	assert_int_equal(log_start(ends->out), 0);
	log_set_level(PARLEY_LOG_WARN);
	assert_false(parley_log_on(PARLEY_LOG_INFO));
	parley_log_error("test", "one");
	parley_log_info("test", "two");
	parley_log_debug("test", "three");
	log_stop();

	text = read_all(ends->in, true);
	assert_int_equal(count_lines(text, "\"}\n"), 1);
	assert_int_equal(count_lines(text, "\"one\"}\n"), 1);
	free(text);
}

static void
the_fibers_context_is_asked_for(void **state)
{
	struct pipe_ends *ends = *state;
	char *text;

	log_set_context(context_fill);
	context.module = "groups";
	assert_int_equal(log_start(ends->out), 0);
	parley_log_info("test", "joined");
	log_stop();
	log_set_context(NULL);
	context.module = NULL;

	text = read_all(ends->in, true);
	assert_non_null(strstr(text, "\"module\":\"groups\",\"msg\":\"joined\"}\n"));
	free(text);
}

/* Reads until the end of the pipe, on a thread of its own. */
struct reader {
	pthread_t thread;
	int fd;
	char *text;
};

static void *
reader_run(void *arg)
{
	struct reader *r = arg;

	r->text = read_all(r->fd, false);
	return NULL;
}

static void
reader_start(struct reader *r, const struct pipe_ends *ends)
{
	r->fd = ends->in;
	assert_int_equal(pthread_create(&r->thread, NULL, reader_run, r), 0);
}

static char *
reader_join(struct reader *r, struct pipe_ends *ends)
{
	close(ends->out);
	ends->out = -1;
	assert_int_equal(pthread_join(r->thread, NULL), 0);
	return r->text;
}

/* The pipe holds 64 KiB and the ring 256 KiB; nobody reads until the last line has been logged, so
 * a logger that waited would never come back. */
static void
a_reader_that_stops_holds_nobody_up(void **state)
{
	struct pipe_ends *ends = *state;
	struct log_stats before = log_stats(), blocked, after;
	struct reader reader;
	unsigned long lost = 0;
	char *text;

	assert_int_equal(log_start(ends->out), 0);
	for (int i = 0; i < 10000; i++)
		parley_log_info("test", "line %d of many that nobody reads", i);
	blocked = log_stats();
	assert_true(blocked.dropped > before.dropped);
	assert_in_range(blocked.queued, 1, blocked.queue_max);

	reader_start(&reader, ends);
	log_stop();
	text = reader_join(&reader, ends);
	after = log_stats();
	assert_int_equal(count_lines(text, "\"}\n"), after.lines - before.lines);
	assert_int_equal(count_lines(text, ""), after.lines - before.lines);
	assert_non_null(strstr(text, "log lines were lost, lines="));
	sscanf(strstr(text, "lost, lines="), "lost, lines=%lu", &lost);
	assert_int_equal(lost, after.dropped - before.dropped);
	free(text);
}

static void *
log_much(void *arg)
{
	for (int i = 0; i < 400; i++)
		parley_log_info("test", "thread %s, line %d", (const char *)arg, i);
	return NULL;
}

static void
threads_do_not_mix_their_lines(void **state)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	struct pipe_ends *ends = *state;
	struct reader reader;
	pthread_t threads[4];
	char *text;

	assert_int_equal(log_start(ends->out), 0);
	reader_start(&reader, ends);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_much, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_stop();

	text = reader_join(&reader, ends);
	assert_int_equal(count_lines(text, "\"}\n"), 1600);
	assert_int_equal(count_lines(text, ", line 399\"}\n"), 4);
	free(text);
}

static void
a_reader_that_went_away_is_counted_and_survived(void **state)
{
	struct pipe_ends *ends = *state;
	struct log_stats before = log_stats();

	close(ends->in);
	ends->in = -1;
	assert_int_equal(log_start(ends->out), 0);
	parley_log_info("test", "nobody is there");
	log_stop();

	assert_int_equal(log_stats().queued, 0);
	assert_true(log_stats().dropped > before.dropped);
}

/* Runs fn in a child whose log goes to the pipe; returns how the child ended. */
static int
in_child(struct pipe_ends *ends, void (*fn)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (log_start(ends->out) == 0)
			fn();
		log_stop();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
die_with_last_words(void)
{
	parley_log_info("test", "before");
	log_crash("the roof came down");
	log_crash("never said: one last word is enough");
}

static void
last_words_come_after_what_waited(void **state)
{
	struct pipe_ends *ends = *state;
	char *text;

	in_child(ends, die_with_last_words);

	text = read_all(ends->in, true);
	assert_non_null(strstr(text, "\"msg\":\"before\"}\n"));
	assert_non_null(strstr(strstr(text, "\"msg\":\"before\"}\n"),
	    "\"level\":\"error\",\"area\":\"crash\",\"msg\":\"the roof came down\"}\n"));
	assert_null(strstr(text, "never said"));
	free(text);
}

#ifndef PARLEY_SANITIZED
static void
abort_now(void)
{
	log_catch_crashes();
	abort();
}

static void
a_signal_that_kills_is_logged_and_still_kills(void **state)
{
	struct pipe_ends *ends = *state;
	int status = in_child(ends, abort_now);
	char *text = read_all(ends->in, true);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, "\"area\":\"crash\",\"msg\":\"aborted"));
	free(text);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_level_names_are_known),
		cmocka_unit_test(a_line_has_level_area_and_message),
		cmocka_unit_test(a_line_says_whose_fiber_wrote_it),
		cmocka_unit_test(dates_are_those_of_the_calendar),
		cmocka_unit_test(t82_a_peers_text_cannot_end_the_line_or_the_string),
		cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
		cmocka_unit_test(t81_t82_characters_that_turn_text_around_are_escaped),
		cmocka_unit_test(t82_a_long_message_is_cut_and_the_line_stays_whole),
		cmocka_unit_test(a_long_stanza_id_leaves_room_for_the_message),
		cmocka_unit_test_setup_teardown(stopping_writes_what_waits, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    lines_above_the_level_are_not_written, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    the_fibers_context_is_asked_for, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    a_reader_that_stops_holds_nobody_up, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    threads_do_not_mix_their_lines, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    a_reader_that_went_away_is_counted_and_survived, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(
		    last_words_come_after_what_waited, open_pipe, close_pipe),
#ifndef PARLEY_SANITIZED
		cmocka_unit_test_setup_teardown(
		    a_signal_that_kills_is_logged_and_still_kills, open_pipe, close_pipe),
#endif
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
