# SPDX-License-Identifier: MIT
# disparalead: one file a subcommand, the table in main.c.
bin_PROGRAMS += disparalead
disparalead_SOURCES = \
	src/cli/cli.c src/cli/cli.h \
	src/cli/instance.c \
	src/cli/main.c \
	src/cli/migrate.c \
	src/cli/tenant.c \
	src/cli/token.c
disparalead_CPPFLAGS = $(AM_CPPFLAGS) -DDL_PKGDATADIR='"$(pkgdatadir)"'
