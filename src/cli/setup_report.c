/* SPDX-License-Identifier: MIT */
/* What setup says. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/setup.h"

void
setup_section(const char *title)
{
	printf("%s\n", title);
}

void
setup_say(const struct setup *s, enum setup_mark mark, const char *fmt, ...)
{
	static const char *const words[] = {
	    [SETUP_DONE] = "feito:     ",
	    [SETUP_KEPT] = "já estava: ",
	    [SETUP_NOTE] = "atenção:   ",
	};
	va_list ap;

	printf("  %s",
	       s->is_dry && mark == SETUP_DONE ? "faria:     " : words[mark]);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void
setup_next(struct setup *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (s->n_next == SETUP_MAX_NEXT)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->next[s->n_next++] = dl_arena_strdup(s->arena, text);
}

void
setup_print_next(const struct setup *s)
{
	puts(s->is_dry ? "Nada foi mudado (--dry-run). Depois de rodar:"
		       : "Próximos passos:");
	for (size_t i = 0; i < s->n_next; i++)
		printf("  %zu. %s\n", i + 1, s->next[i]);
}
