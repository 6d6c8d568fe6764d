/* SPDX-License-Identifier: MIT */
/* config_token.c - the words, strings and signs of parley.conf. */
#include "core/config_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define complain(c, ...) option_error((c)->errors, (c)->file, (c)->token_line, __VA_ARGS__)

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_.:/@-", c) != NULL);
}

static enum config_token
bad(struct config_cursor *c, const char *why)
{
	complain(c, "%s", why);
	return TOKEN_BAD;
}

/* Skips white space and comments; false when a comment has no end. */
static bool
skip_blank(struct config_cursor *c)
{
	for (;;) {
		c->token_line = c->line;
		if (*c->at == '\n') {
			c->line++;
			c->at++;
		} else if (*c->at == ' ' || *c->at == '\t' || *c->at == '\r') {
			c->at++;
		} else if (*c->at == '#' || strncmp(c->at, "//", 2) == 0) {
			c->at += strcspn(c->at, "\n");
		} else if (strncmp(c->at, "/*", 2) == 0) {
			const char *end = strstr(c->at + 2, "*/");

			if (end == NULL)
				return false;
			for (; c->at < end; c->at++)
				c->line += *c->at == '\n';
			c->at += 2;
		} else {
			return true;
		}
	}
}

static bool
word_add(struct config_cursor *c, char byte)
{
	if (c->word_len + 1 >= sizeof c->word)
		return false;
	c->word[c->word_len++] = byte;
	c->word[c->word_len] = '\0';
	return true;
}

/* "${NAME}" or "${NAME:-otherwise}" at c->at, which stays there. */
static void
check_variable(struct config_cursor *c)
{
	const char *begin = c->at + 2, *end = begin;
	char name[128];

	while (is_word(*end) && strchr(".:/@-", *end) == NULL)
		end++;
	snprintf(name, sizeof name, "%.*s", (int)(end - begin), begin);
	if (begin[strcspn(begin, "}\"\n")] != '}')
		complain(c, "\"${\" without \"}\"");
	else if (end == begin || (*end != '}' && strncmp(end, ":-", 2) != 0))
		complain(c, "a variable is written ${NAME} or ${NAME:-otherwise}");
	else if (*end == '}' && getenv(name) == NULL)
		complain(c, "the environment has no variable %s", name);
}

/* A string up to its closing quote. In double quotes \ may precede " \ and $. */
static enum config_token
string_token(struct config_cursor *c, char quote)
{
	for (c->at++; *c->at != quote; c->at++) {
		if (*c->at == '\0' || *c->at == '\n')
			return bad(c, "the string that begins in this line does not end in it");
		if (*c->at == '\\') {
			if (quote == '\'' || c->at[1] == '\0' || strchr("\"\\$", c->at[1]) == NULL)
				return bad(
				    c, "\"\\\" stands only before \", \\ and $ in double quotes");
			c->at++;
		} else if (quote == '"' && c->at[0] == '$' && c->at[1] == '{') {
			check_variable(c);
			c->has_variable = true;
		}
		if (!word_add(c, *c->at))
			return bad(c, "the string is too long");
	}
	c->at++;
	return TOKEN_STRING;
}

static enum config_token
word_token(struct config_cursor *c)
{
	for (; is_word(*c->at); c->at++) {
		if (strncmp(c->at, "//", 2) == 0 || strncmp(c->at, "/*", 2) == 0) {
			c->at += strcspn(c->at, " \t\r\n");
			return bad(c, "put quotes around a value that has \"//\" or \"/*\" in it");
		}
		if (!word_add(c, *c->at))
			return bad(c, "the word is too long");
	}
	return TOKEN_WORD;
}

enum config_token
config_token_next(struct config_cursor *c)
{
	c->word_len = 0;
	c->word[0] = '\0';
	c->has_variable = false;
	if (!skip_blank(c))
		return c->token = bad(c, "the comment that begins in this line is not closed");
	if (*c->at == '\0')
		return c->token = TOKEN_END;
	if (strchr("{}()=", *c->at) != NULL) {
		c->sign = *c->at++;
		return c->token = TOKEN_SIGN;
	}
	if (*c->at == '"' || *c->at == '\'')
		return c->token = string_token(c, *c->at);
	if (is_word(*c->at))
		return c->token = word_token(c);
	c->at += strcspn(c->at, " \t\r\n");
	return c->token = bad(c, "put quotes around a value with characters other than letters, "
				 "digits and _.:/@-");
}

bool
config_token_is(const struct config_cursor *c, char sign)
{
	return c->token == TOKEN_SIGN && c->sign == sign;
}

void
config_token_skip_line(struct config_cursor *c)
{
	c->at += strcspn(c->at, "\n");
	config_token_next(c);
}

void
config_token_skip_option(struct config_cursor *c)
{
	if (config_token_is(c, '}') || c->token == TOKEN_END)
		return;
	c->at += strcspn(c->at, "}\n");
	config_token_next(c);
}
