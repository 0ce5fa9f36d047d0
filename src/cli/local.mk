# SPDX-License-Identifier: MIT
# disparalead: one file a subcommand, the table in main.c.
bin_PROGRAMS += disparalead
CLI_CONTACTS = src/cli/contacts.c src/cli/contacts.h \
	src/cli/columns.c src/cli/columns.h src/cli/decode.c
disparalead_SOURCES = $(CLI_CONTACTS) \
	src/cli/api.c src/cli/api.h \
	src/cli/cli.c src/cli/cli.h \
	src/cli/config_files.c src/cli/config_files.h \
	src/cli/control.c \
	src/cli/doctor.c src/cli/doctor.h \
	src/cli/doctor_clock.c src/cli/doctor_config.c \
	src/cli/doctor_database.c src/cli/doctor_evolution.c \
	src/cli/doctor_queue.c src/cli/doctor_report.c \
	src/cli/doctor_web.c \
	src/cli/export.c \
	src/cli/files.c src/cli/files.h \
	src/cli/fsck.c \
	src/cli/instance.c \
	src/cli/launch.c \
	src/cli/launch_call.c src/cli/launch_call.h \
	src/cli/launch_options.c src/cli/launch_options.h \
	src/cli/main.c \
	src/cli/managed_block.c src/cli/managed_block.h \
	src/cli/migrate.c src/cli/migrate.h \
	src/cli/preview.c \
	src/cli/progress.c src/cli/progress.h \
	src/cli/queue.c src/cli/queue.h \
	src/cli/queue_call.c src/cli/queue_change.c src/cli/queue_list.c \
	src/cli/setup.c src/cli/setup.h \
	src/cli/setup_access.c \
	src/cli/setup_database.c \
	src/cli/setup_report.c \
	src/cli/setup_services.c \
	src/cli/setup_values.c \
	src/cli/status.c \
	src/cli/sweep.c src/cli/sweep.h \
	src/cli/sweep_lanes.c src/cli/sweep_queue.c \
	src/cli/sweep_reconcile.c \
	src/cli/tenant.c \
	src/cli/test_send.c \
	src/cli/token.c \
	src/cli/values.c src/cli/values.h \
	src/cli/watch.c src/cli/watch.h \
	src/cli/window.c src/cli/window.h
CLI_DIRECTORIES = -DDL_PKGDATADIR='"$(pkgdatadir)"' \
	-DDL_SYSCONFDIR='"$(sysconfdir)"'
disparalead_CPPFLAGS = $(AM_CPPFLAGS) $(CLI_DIRECTORIES)
disparalead_LDADD = $(LDADD) $(CSV_LIBS)
