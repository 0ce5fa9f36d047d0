/* SPDX-License-Identifier: MIT */
/* Recursive descent over at most 256 bytes; evaluates while it parses. */
#include "config.h"

#include "queue/retry_delay.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#define MAX_NUMBER 32
#define MAX_ARGS   2

struct parser {
	const char *at;
	const char *end;
	double retried;
	int depth;
	bool is_bad; /* once set nothing is read any more */
};

static double parse_sum(struct parser *p);

static double
spoil(struct parser *p)
{
	p->is_bad = true;
	p->at = p->end;
	return 0;
}

static char
peek(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
		p->at++;
	return p->at < p->end ? *p->at : (char)0;
}

static bool
take(struct parser *p, char wanted)
{
	if (peek(p) != wanted)
		return false;
	p->at++;
	return true;
}

static double
pow_of(const double *args)
{
	return pow(args[0], args[1]);
}

static double
sqrt_of(const double *args)
{
	return sqrt(args[0]);
}

static double
abs_of(const double *args)
{
	return fabs(args[0]);
}

static double
exp_of(const double *args)
{
	return exp(args[0]);
}

static double
floor_of(const double *args)
{
	return floor(args[0]);
}

static double
ceil_of(const double *args)
{
	return ceil(args[0]);
}

static double
round_of(const double *args)
{
	return round(args[0]);
}

/* Not fmin and fmax, which would hide a NaN. */
static double
min_of(const double *args)
{
	return args[0] < args[1] || isnan(args[0]) ? args[0] : args[1];
}

static double
max_of(const double *args)
{
	return args[0] > args[1] || isnan(args[0]) ? args[0] : args[1];
}

static const struct function {
	struct dl_str name;
	int n_args;
	double (*call)(const double *args);
} functions[] = {
    {{"pow", 3}, 2, pow_of},     {{"sqrt", 4}, 1, sqrt_of},
    {{"abs", 3}, 1, abs_of},     {{"exp", 3}, 1, exp_of},
    {{"floor", 5}, 1, floor_of}, {{"ceil", 4}, 1, ceil_of},
    {{"round", 5}, 1, round_of}, {{"min", 3}, 2, min_of},
    {{"max", 3}, 2, max_of},
};

static double
parse_call(struct parser *p, const struct function *function)
{
	double args[MAX_ARGS] = {0};

	if (!take(p, '('))
		return spoil(p);
	for (int i = 0; i < function->n_args; i++) {
		if (i > 0 && !take(p, ','))
			return spoil(p);
		args[i] = parse_sum(p);
	}
	if (!take(p, ')'))
		return spoil(p);
	return function->call(args);
}

static double
parse_name(struct parser *p)
{
	const char *start = p->at;
	struct dl_str name;

	while (p->at < p->end && isalpha((unsigned char)*p->at))
		p->at++;
	name = (struct dl_str){start, (size_t)(p->at - start)};
	if (dl_str_eq(name, DL_STR("retried")))
		return p->retried;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (dl_str_eq(name, functions[i].name))
			return parse_call(p, &functions[i]);
	return spoil(p);
}

/* Digits, at most one point among them; no sign, no exponent, no hex. */
static double
parse_number(struct parser *p)
{
	char text[MAX_NUMBER + 1];
	size_t len = 0;
	size_t points = 0;

	while (p->at < p->end && len < MAX_NUMBER &&
	       (isdigit((unsigned char)*p->at) || *p->at == '.')) {
		points += *p->at == '.';
		text[len++] = *p->at++;
	}
	text[len] = '\0';
	if (points > 1 || len == points ||
	    (p->at < p->end &&
	     (isalnum((unsigned char)*p->at) || *p->at == '.')))
		return spoil(p);
	return strtod(text, NULL);
}

static double
parse_primary(struct parser *p)
{
	char c = peek(p);
	double value;

	if (isalpha((unsigned char)c))
		return parse_name(p);
	if (!take(p, '('))
		return parse_number(p);
	value = parse_sum(p);
	return take(p, ')') ? value : spoil(p);
}

static double
parse_sign(struct parser *p)
{
	double value;

	if (++p->depth > DL_RETRY_DELAY_MAX_DEPTH)
		return spoil(p);
	if (take(p, '-'))
		value = -parse_sign(p);
	else if (take(p, '+'))
		value = parse_sign(p);
	else
		value = parse_primary(p);
	p->depth--;
	return value;
}

static double
parse_product(struct parser *p)
{
	double value = parse_sign(p);

	for (;;) {
		if (take(p, '*'))
			value *= parse_sign(p);
		else if (take(p, '/'))
			value /= parse_sign(p);
		else
			return value;
	}
}

static double
parse_sum(struct parser *p)
{
	double value = parse_product(p);

	for (;;) {
		if (take(p, '+'))
			value += parse_product(p);
		else if (take(p, '-'))
			value -= parse_product(p);
		else
			return value;
	}
}

/* False where it is no expression; the value may be anything. */
static bool
parse(struct dl_str expression, int64_t retried, double *value)
{
	struct parser p = {
	    .at = expression.ptr,
	    .end = expression.ptr + expression.len,
	    .retried = (double)retried,
	};

	if (!expression.len || expression.len > DL_RETRY_DELAY_MAX_LEN)
		return false;
	*value = parse_sum(&p);
	peek(&p);
	return !p.is_bad && p.at == p.end;
}

bool
dl_retry_delay_check(struct dl_str expression)
{
	double value;

	return parse(expression, 0, &value);
}

bool
dl_retry_delay_eval(struct dl_str expression, int64_t retried,
		    int64_t *delay_ms)
{
	double value;

	if (!parse(expression, retried, &value) || isnan(value) || value < 0)
		return false;
	*delay_ms = value < DL_RETRY_DELAY_CAP_MS ? (int64_t)value
						  : DL_RETRY_DELAY_CAP_MS;
	return true;
}
