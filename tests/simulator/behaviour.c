/* SPDX-License-Identifier: MIT */
/* The table of behaviours. */
#include "config.h"

#include "behaviour.h"

#include <string.h>

static const struct {
	const char *digits;
	const char *name;
} behaviours[] = {
#define X(id, digits, name, help) [id] = {digits, name},
    SIM_BEHAVIOURS(X)
#undef X
};

enum sim_behaviour
sim_behaviour_of(const char *digits, int64_t calls)
{
	size_t len = strlen(digits);
	const char *end = digits + (len < 6 ? 0 : len - 6);

	if (len < 6 || strncmp(end, "65", 2) != 0 || end[2] > '3')
		return SIM_WORKS;
	if (end[2] != '0' && calls >= end[2] - '0')
		return SIM_WORKS;
	for (int i = 0; i < SIM__BEHAVIOURS; i++)
		if (strcmp(end + 3, behaviours[i].digits) == 0)
			return (enum sim_behaviour)i;
	return SIM_WORKS;
}

bool
sim_behaviour_is_passing(const char *digits)
{
	size_t len = strlen(digits);

	return len >= 6 && digits[len - 4] != '0' &&
	       sim_behaviour_of(digits, 0) != SIM_WORKS;
}

bool
sim_behaviour_parse(const char *name, enum sim_behaviour *out)
{
	for (int i = 0; i < SIM__BEHAVIOURS; i++) {
		if (strcmp(name, behaviours[i].name) == 0) {
			*out = (enum sim_behaviour)i;
			return true;
		}
	}
	return false;
}

const char *
sim_behaviour_name(enum sim_behaviour behaviour)
{
	return behaviours[behaviour].name;
}
